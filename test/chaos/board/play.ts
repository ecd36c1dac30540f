import { setTimeout as delay } from 'node:timers/promises';
import { lastAttempt } from '../../../demo/workspace/slack/model.js';
import { judge, type Judgement } from './judge.js';
import { LoadPeople } from './load-people.js';
import { openLoadWorld, type LoadWorld } from './load-world.js';
import type { SeenBoard } from './seen-boards.js';
import { ALICE, type Size } from './site.js';

const lookMs = 200;
const sayMs = 15_000;
/** Posting at once, and slower than Slack lets 50 in: who asks does not wait for planb. */
const askedAtOnce = 8;

export interface BoardsPlayed extends Judgement {
  /** Answers 429 while nobody was killed, by platform. */
  readonly ratelimited: Readonly<Record<'slack' | 'telegram', number>>;
  readonly refused: readonly string[];
  readonly seconds: number;
  /** The most runs that were live at a time. */
  readonly live: number;
  readonly killed: number;
}

/** Plays all runs at once to their end. Throws when they do not come to it in time. */
export async function playBoards(program: string, size: Size, patienceMs: number, say: (line: string) => void): Promise<BoardsPlayed> {
  const world = await openLoadWorld(program, size);
  const started = performance.now();
  try {
    const people = new LoadPeople(world);
    const waiting = [...world.targets];
    await Promise.all(Array.from({ length: askedAtOnce }, async () => {
      for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) await people.request(target);
    }));
    say(`${String(size.runs)} runs asked for after ${seconds(started)} s`);
    const killer = new Killer(world, size.kills);
    const outage = new Outage(world, size.outageMs);
    let { live } = await stateOf(world);
    for (let saidAt = -Infinity; ;) {
      await people.act();
      await killer.look();
      const state = await stateOf(world);
      live = Math.max(live, state.live);
      outage.look(state.voting === 0);
      if (state.live === 0 && state.left === '' && world.workspace.slack.away === undefined) break;
      if (performance.now() - started > patienceMs) throw new Error(`after ${seconds(started)} s ${String(state.live)} runs are live; left: ${state.left}\n${world.bot().log.slice(-3_000)}`);
      if (performance.now() - saidAt > sayMs) {
        saidAt = performance.now();
        say(`${seconds(started)} s: ${String(state.live)} live, ${String(state.voting)} with votes open; left to show or say: ${state.counts}; 429s ${String(ratelimited(world).slack)}/${String(ratelimited(world).telegram)}`);
      }
      await delay(lookMs);
    }
    const judgement = await judge(world, people.seen, people.runs);
    const refusing = await pressDuplicates(world, judgement.duplicates);
    return {
      ...judgement, problems: [...judgement.problems, ...refusing, ...(judgement.duplicates.length > 0 && killer.killed === 0 ? [`${String(judgement.duplicates.length)} second boards, and no bot was killed`] : [])],
      ratelimited: ratelimited(world), seconds: Math.round((performance.now() - started) / 1_000), live, killed: killer.killed,
      refused: [
        ...world.workspace.slack.statistics().refused.map(({ method, outcome }) => `slack ${method}: ${outcome}`), ...world.workspace.telegram.statistics().refused.map(({ method, description }) => `telegram ${method}: ${description ?? ''}`),
      ],
    };
  } finally {
    await world.close();
  }
}

const seconds = (since: number): string => String(Math.round((performance.now() - since) / 1_000));
const ratelimited = ({ workspace: { slack, telegram } }: LoadWorld): BoardsPlayed['ratelimited'] => ({ slack: slack.statistics().ratelimited, telegram: telegram.statistics().ratelimited });

async function stateOf(world: LoadWorld): Promise<{ readonly live: number; readonly voting: number; readonly left: string; readonly counts: string }> {
  const [row] = await world.query<{ live: number; voting: number; boards: number; messages: number; outbox: number; deliveries: number }>(`SELECT
    (SELECT count(*) FROM runs WHERE phase <> 'ended')::int AS live, (SELECT count(*) FROM runs WHERE phase = 'voting')::int AS voting,
    (SELECT count(*) FROM boards AS b JOIN runs AS r ON r.id = b.run_id WHERE b.shown_version < r.version)::int AS boards, (SELECT count(*) FROM messages WHERE sent_at IS NULL)::int AS messages,
    (SELECT count(*) FROM outbox)::int AS outbox, (SELECT count(*) FROM deliveries WHERE processed_at IS NULL)::int AS deliveries`);
  const { live = 0, voting = 0, boards = 0, messages = 0, outbox = 0, deliveries = 0 } = row ?? {};
  const counts = `${String(boards)} boards, ${String(messages)} messages, ${String(outbox)} in the outbox, ${String(deliveries)} deliveries`;
  return { live, voting, left: boards + messages + outbox + deliveries === 0 ? '' : counts, counts };
}

/** Takes Slack away for a while, once every run has its votes: what happens then must be told afterwards, in order. */
class Outage {
  readonly #world: LoadWorld;
  readonly #forMs: number;
  #until: number | undefined;

  constructor(world: LoadWorld, forMs: number) {
    this.#world = world;
    this.#forMs = forMs;
  }

  look(mayBegin: boolean): void {
    const { slack } = this.#world.workspace;
    if (this.#until === undefined && mayBegin && this.#forMs > 0) {
      this.#until = performance.now() + this.#forMs;
      slack.outage('500');
    } else if (slack.away !== undefined && performance.now() > (this.#until ?? 0)) slack.outage(undefined);
  }
}

/** Kills the bot at the moment at which Slack has taken a message and has not answered, and starts another. */
class Killer {
  killed = 0;
  readonly #world: LoadWorld;
  readonly #wanted: number;
  readonly #every: number;
  #posted = 0;

  constructor(world: LoadWorld, kills: number) {
    this.#world = world;
    this.#wanted = kills;
    this.#every = Math.ceil((2 * world.targets.length) / (kills + 1));
    world.workspace.subscribe(({ platform, kind }) => {
      if (platform !== 'slack' || kind !== 'message' || this.killed >= this.#wanted) return;
      this.#posted += 1;
      if (this.#posted < (this.killed + 1) * this.#every || world.bot().hasEnded) return;
      this.killed += 1;
      world.bot().signal('SIGKILL');
    });
  }

  async look(): Promise<void> {
    if (this.#world.bot().wasKilled) await this.#world.replaceBot();
  }
}

/** A board that a dead bot left has the buttons of its moment: they must do nothing any more. */
async function pressDuplicates({ workspace: { slack }, query }: LoadWorld, duplicates: readonly SeenBoard[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { source, run } of duplicates) {
    if (!('ts' in source)) continue;
    for (const button of slack.buttons(source).filter((label) => label !== 'Details' && label !== 'Plan again')) {
      const count = async (): Promise<number> => (await query<{ version: number }>('SELECT version FROM runs WHERE id = $1 AND phase = \'ended\'', [run]))[0]?.version ?? -1;
      const [before, told] = [await count(), slack.ephemerals(ALICE.slack).length];
      const delivery = await slack.click(ALICE.slack, source, button);
      for (let tries = 0; tries < 300 && slack.ephemerals(ALICE.slack).length === told; tries += 1) await delay(100);
      const answer = slack.ephemerals(ALICE.slack).at(-1)?.text ?? '';
      if (lastAttempt(delivery).failure !== undefined || slack.ephemerals(ALICE.slack).length === told) problems.push(`${button} of a second board of ${run} is not answered`);
      else if ((await query('SELECT FROM runs WHERE id = $1 AND phase <> \'ended\'', [run])).length > 0 || before < 0) problems.push(`${button} of a second board of ${run} did something: ${answer}`);
    }
  }
  return problems;
}
