import type { RunState } from '../../../src/run/state.js';
import { loadRun } from '../../../jobs/record.js';
import { eventually } from '../../support/eventually.js';
import { click, openPlan } from '../chat/conversation.js';
import { ALICE, BOB, SLACK_OPS, startPlanb, type RunningPlanb, type Settings } from '../chat/planb.js';

/** A planb whose target is watched after its rollback, and what the watch's HTTP rules see. */
export interface WatchedShop {
  readonly planb: RunningPlanb;
  /** The run that is watched. */
  readonly run: string;
  /** By path: the status that is answered; 200 where there is none. */
  readonly answers: Map<string, number>;
  /** Paths that were asked for. */
  readonly asked: string[];
}

export async function watchedShop(watch: string, settings: Settings & { readonly hang?: string; readonly kind?: 'upgrade' } = {}): Promise<WatchedShop> {
  const answers = new Map<string, number>();
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (address) => {
    const { pathname } = new URL(address instanceof Request ? address.url : address);
    asked.push(pathname);
    // As a program that hears no abort.
    if (pathname === settings.hang) await new Promise(() => undefined);
    return new Response('{}', { status: answers.get(pathname) ?? 200 });
  };
  const planb = await startPlanb({ ...settings, target: `watch: ${watch}\n    ${settings.target ?? ''}`, world: { fetch, ...settings.world } });
  const boards = await openPlan(planb);
  await click(planb, ALICE.slack, boards.slack, 'Approve');
  await click(planb, BOB.slack, boards.slack, 'Approve');
  const run = boards.run;
  await ended(planb, run);
  return { planb, run, answers, asked };
}

export async function stateOf(planb: RunningPlanb, run: string): Promise<RunState> {
  return (await loadRun({ store: planb.store }, run)).state;
}

export function ended(planb: RunningPlanb, run: string): Promise<RunState> {
  return eventually(async () => {
    const state = await stateOf(planb, run);
    return state.phase === 'ended' ? state : undefined;
  });
}

/** Every run but the one that is watched, the oldest first. */
export async function raised({ planb, run }: Pick<WatchedShop, 'planb' | 'run'>): Promise<readonly string[]> {
  return (await planb.store.runs({ limit: 50 })).map(({ id }) => id).filter((id) => id !== run).reverse();
}

/** What stands in the target's Slack channel, threads included. */
export function said({ workspace }: RunningPlanb): readonly string[] {
  return workspace.slack.posted(SLACK_OPS).map((one) => workspace.slack.read(one));
}
