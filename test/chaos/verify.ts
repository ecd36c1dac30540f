import { auditChains } from '../../adapters/postgres/audit.js';
import type { RunState } from '../../src/run/state.js';
import type { ChaosWorld } from './world/chaos-world.js';
import { ledgerSteps, onceSteps, type Target } from './world/target.js';

/** Everything that is wrong with an ended run, compared with what its effects wrote themselves. Empty: nothing is. */
export async function verifyRun(world: ChaosWorld, target: Target, state: RunState): Promise<readonly string[]> {
  const ledger = await target.ledger(state.id);
  const { events } = await world.store.load(state.id);
  const intended = new Set(events.flatMap((event) => (event.type === 'StepStarted' ? [`${state.id}/${event.step}/${String(event.attempt)}`] : [])));
  const effectsOf = (step: string): number => ledger.filter((attempt) => attempt.startsWith(`${state.id}/${step}/`)).length;
  const done = state.steps.filter(({ id, status }) => status === 'succeeded' && (ledgerSteps as readonly string[]).includes(id));
  const locks = await world.query('SELECT 1 FROM locks WHERE run_id = $1', [state.id]);
  return [
    ...ledger.filter((attempt) => !intended.has(attempt)).map((attempt) => `${attempt} acted without an intent on record`),
    ...onceSteps.filter((step) => effectsOf(step) > 1).map((step) => `${step} happened ${String(effectsOf(step))} times`),
    ...done.filter(({ id }) => effectsOf(id) === 0).map(({ id }) => `${id} is reported done and is not`),
    ...(state.outcome === 'verified' || state.outcome === 'finished-not-verified' ? ledgerSteps.filter((step) => effectsOf(step) === 0).map((step) => `the run ended ${state.outcome ?? ''} without ${step}`) : [`the run ended ${String(state.outcome)}: ${state.endReason ?? state.planningError?.message ?? ''}`]),
    ...(locks.length > 0 ? ['the lock was not given back'] : []),
    ...(await verifyBoard(world, target, state)),
  ];
}

/** What the channel shows is what is on record. */
async function verifyBoard(world: ChaosWorld, target: Target, state: RunState): Promise<readonly string[]> {
  const boards = await world.query<{ message: string | null }>('SELECT message FROM boards WHERE run_id = $1', [state.id]);
  if (boards.length !== 1) return [`the run has ${String(boards.length)} boards`];
  const shown = world.workspace.slack.posted(target.channel).find(({ ts }) => ts === boards[0]?.message);
  if (shown === undefined) return ['the board is not in the channel'];
  const isGood = shown.text.startsWith('✅');
  return isGood === (state.outcome === 'verified') ? [] : [`the run ended ${String(state.outcome)}, its board says: ${shown.text.slice(0, 80)}`];
}

/** What must hold in a world that is quiet. */
export async function verifyWorld(world: ChaosWorld): Promise<readonly string[]> {
  const [{ broken }, live, failed] = await Promise.all([
    auditChains(world.services.directUrl, undefined),
    world.query<{ id: string }>(`SELECT id FROM runs WHERE phase <> 'ended'`),
    world.query<{ id: string; failed: string }>('SELECT id, failed FROM messages WHERE failed IS NOT NULL'),
  ]);
  return [
    ...broken.map(({ run, version, what }) => `the record of ${run} is damaged at ${String(version)}: ${what}`),
    ...live.map(({ id }) => `run ${id} has not ended`),
    ...failed.filter((message) => !/question was closed/.test(message.failed)).map((message) => `message ${message.id} was given up: ${message.failed}`),
  ];
}
