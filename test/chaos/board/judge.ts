import type { RunEvent } from '../../../src/run/events.js';
import type { LoadWorld } from './load-world.js';
import type { SeenBoard, SeenMessages, Shown } from './seen-boards.js';

type Platform = SeenBoard['platform'];
const platforms: readonly Platform[] = ['slack', 'telegram'];

/** From an event until the platform shows it, milliseconds. */
export interface Staleness {
  readonly platform: Platform;
  /** `progress`: a step that ended. The others are what must overtake it. */
  readonly what: 'progress' | 'approval' | 'question' | 'end' | 'notice';
  readonly ms: number;
}

export interface Judgement {
  readonly problems: readonly string[];
  readonly staleness: readonly Staleness[];
  /** Of each recorded board. */
  readonly edits: readonly { readonly platform: Platform; readonly count: number }[];
  /** Messages that show a run beside its board: a bot died before it could note them. */
  readonly duplicates: readonly SeenBoard[];
}

/** Compares what the platforms show with what is on record. Call it when all runs have ended and nothing is left to be shown. */
export async function judge(world: LoadWorld, seen: SeenMessages, runs: ReadonlyMap<string, string>): Promise<Judgement> {
  seen.look();
  const stored = await world.query<{ run_id: string; payload: string }>('SELECT run_id, payload FROM events ORDER BY run_id, version');
  const events = new Map<string, RunEvent[]>([...runs.keys()].map((run) => [run, []]));
  for (const { run_id: run, payload } of stored) events.get(run)?.push(JSON.parse(payload) as RunEvent);
  const recorded = await world.query<{ run_id: string; platform: Platform; channel: string; message: string | null }>('SELECT run_id, platform, channel, message FROM boards');
  const messages = await world.query<{ run_id: string; platform: Platform; message: string | null; failed: string | null; kind: string; id: string }>(
    `SELECT run_id, payload #>> '{to,platform}' AS platform, message, failed, payload->>'kind' AS kind, id FROM messages WHERE payload->>'kind' IN ('notice', 'report') AND run_id IS NOT NULL`);
  const problems: string[] = [];
  const staleness: Staleness[] = [];
  const edits: { readonly platform: Platform; readonly count: number }[] = [];
  const own = new Set<SeenBoard>();
  for (const [run, said] of events) {
    for (const platform of platforms) {
      const where = `${platform} ${runs.get(run) ?? ''} ${run}`;
      const row = recorded.find((one) => one.run_id === run && one.platform === platform);
      const board = seen.boards.find((one) => one.channel === row?.channel && one.message === row.message);
      if (board === undefined) {
        problems.push(`${where}: no board`);
        continue;
      }
      own.add(board);
      const shown = board.shown();
      edits.push({ platform, count: shown.length - 1 });
      problems.push(...orderProblems(shown).map((problem) => `${where}: ${problem}`));
      staleness.push(...boardStaleness(platform, said, shown));
      const notices = messages.filter((one) => one.run_id === run && one.platform === platform);
      problems.push(...messageProblems(notices).map((problem) => `${where}: ${problem}`));
      if (notices.every(({ message }) => message === null)) problems.push(`${where}: nobody was told`);
    }
    const end = said.find((event) => event.type === 'RunEnded');
    if (end?.type !== 'RunEnded' || end.outcome !== 'verified') problems.push(`${run}: ended ${end?.type === 'RunEnded' ? end.outcome : 'never'}`);
  }
  staleness.push(...await noticeStaleness(world));
  return { problems, staleness, edits, duplicates: seen.boards.filter((board) => !own.has(board)) };
}

/** What people read must go forward only, and end with the end. */
function orderProblems(shown: readonly Shown[]): readonly string[] {
  const last = shown.at(-1);
  const problems: string[] = [];
  if (last?.ended !== true) problems.push('the board does not show the end');
  if (last !== undefined && last.buttons.some((button) => button !== 'Plan again' && button !== 'Details')) problems.push(`the ended board has the buttons ${last.buttons.join(', ')}`);
  shown.forEach((one, nth) => {
    const before = shown[nth - 1];
    if (before === undefined) return;
    if (before.ended && !one.ended) problems.push('something is shown after the end');
    if ((one.passed ?? 0) < (before.passed ?? 0)) problems.push(`${String(one.passed)} steps are shown after ${String(before.passed)}`);
    if (one.buttons.includes('Approve') && (before.passed ?? 0) > 0) problems.push('votes are wanted after the start');
  });
  return problems;
}

interface SentMessage {
  readonly message: string | null;
  readonly failed: string | null;
  readonly kind: string;
  readonly id: string;
}

/** Each was sent, or was overtaken: a question that somebody answered before. */
function messageProblems(messages: readonly SentMessage[]): readonly string[] {
  const unsent = messages.filter(({ message, failed, kind }) => kind === 'notice' && message === null && failed?.includes('before this could be sent') !== true);
  return unsent.map(({ id, failed }) => `${id} was not sent: ${failed ?? ''}`);
}

function boardStaleness(platform: Platform, events: readonly RunEvent[], shown: readonly Shown[]): readonly Staleness[] {
  const found: Staleness[] = [];
  const from = (what: Staleness['what'], at: number, holds: (one: Shown) => boolean): void => {
    const first = shown.find((one) => one.at >= at - 1_000 && holds(one));
    if (first !== undefined) found.push({ platform, what, ms: Math.max(0, first.at - at) });
  };
  let passed = 0;
  for (const event of events) {
    if (event.type === 'StepSucceeded') {
      passed += 1;
      const behind = passed;
      from('progress', event.at, (one) => (one.passed ?? 0) >= behind || one.ended);
    } else if (event.type === 'PlanPosted') from('approval', event.at, ({ buttons }) => buttons.includes('Approve'));
    else if (event.type === 'StepFailed') from('question', event.at, ({ buttons }) => buttons.includes('Retry'));
    else if (event.type === 'RunEnded') from('end', event.at, ({ ended }) => ended);
  }
  return found;
}

/** By the same clock: PostgreSQL runs on this machine. */
async function noticeStaleness(world: LoadWorld): Promise<readonly Staleness[]> {
  const rows = await world.query<{ platform: Platform; ms: number }>(
    `SELECT payload #>> '{to,platform}' AS platform, (extract(epoch FROM sent_at - created_at) * 1000)::double precision AS ms FROM messages WHERE payload->>'kind' = 'notice' AND message IS NOT NULL`);
  return rows.map(({ platform, ms }) => ({ platform, what: 'notice', ms }));
}
