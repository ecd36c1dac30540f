import { z } from 'zod';
import type { JsonObject } from '../../src/plan/plan.js';
import type { Action, ProbeResult, StepContext, StepResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { durationInput, sayDuration } from './duration-input.js';
import { paste } from './paste.js';
import type { Cloud, Snapshot } from './snapshot/cloud.js';
import { cloudSql } from './snapshot/cloud-sql.js';
import { rds } from './snapshot/rds.js';
import { snapshotName } from './snapshot/snapshot-name.js';
import { failed, failingInWords } from './step-failure.js';

/** Nothing that a command line could take for an option. */
const word = z.string().regex(/^[A-Za-z0-9][\w.:-]*$/, 'expected letters, digits, dots, colons and hyphens');
/** How long the cloud may take. */
const within = durationInput.default(3_600_000);

const input = z.union([
  z.strictObject({ rds: z.strictObject({ instance: word, region: word.optional(), profile: word.optional() }), within }),
  z.strictObject({ 'cloud-sql': z.strictObject({ instance: word, project: word.optional() }), within }),
]);
type Input = z.output<typeof input>;

const pollMs = 5_000;
/** Nobody here can restore it: rule 5 wants two people's waiver for it. */
const whyNotProvable = 'a managed snapshot can only be restored by its cloud, and planb has not restored it';

/** Takes a snapshot of a managed database by its cloud's own command line, and waits until it is there. Never proven: see the receipt. */
export const snapshotCreateAction: Action<Input> = {
  name: 'snapshot.create',
  summary: 'Takes an AWS RDS or Cloud SQL snapshot by the cloud\'s own command line, and waits until it is there.',
  input,
  defaultTimeoutMs: 2 * 3_600_000,
  inspect: async (context, given) => {
    const cloud = cloudOf(given);
    return [{ key: `snapshot:${cloud.title}`, kind: 'identity', label: cloud.title, value: await cloud.identify(context), readAt: new Date(context.now()).toISOString() }];
  },
  describe: (given) => {
    const cloud = cloudOf(given);
    return { commands: [paste(cloud.create('planb-RUN-STEP')), `${paste(cloud.list('planb-RUN-STEP'))}   # until it is there; not provable`], effect: 'idempotent', destructive: false, changes: [], estimateMs: 5 * 60_000 };
  },
  execute: (context, given) => failingInWords(context.mask, () => takeSnapshot(context, given)),
  probe: async (context, given): Promise<ProbeResult> => {
    const name = nameOf(context, given);
    try {
      const found = await cloudOf(given).find(context, name);
      if (found === undefined) return { outcome: 'absent', saw: `there is no snapshot ${name}` };
      const saw = `snapshot ${name} is ${found.status}`;
      return found.state === 'ready' ? { outcome: 'happened', receipt: receiptOf(given, name, found), saw } : { outcome: 'unclear', saw };
    } catch (error) {
      if (error instanceof ActionError) return { outcome: 'unclear', saw: context.mask(error.message) };
      throw error;
    }
  },
};

function cloudOf(given: Input): Cloud {
  return 'rds' in given ? rds(given.rds) : cloudSql(given['cloud-sql']);
}

function instanceOf(given: Input): string {
  return 'rds' in given ? given.rds.instance : given['cloud-sql'].instance;
}

function nameOf(context: StepContext, given: Input): string {
  return snapshotName(context.runId, context.step, instanceOf(given));
}

async function takeSnapshot(context: StepContext, given: Input): Promise<StepResult> {
  const cloud = cloudOf(given);
  const name = nameOf(context, given);
  const started = context.now();
  // Cloud SQL would make a second one: what an earlier attempt began is waited for.
  if ((await cloud.find(context, name)) === undefined) await cloud.begin(context, name);
  for (;;) {
    const found = await cloud.find(context, name);
    if (found?.state === 'ready') return { ok: true, receipt: receiptOf(given, name, found) };
    if (found?.state === 'failed') return failed('snapshot-failed', `snapshot ${name} of ${cloud.title} is ${found.status}; delete it there, then try again`);
    if (context.now() - started >= given.within) return failed('timed-out', `snapshot ${name} of ${cloud.title} is ${found?.status ?? 'not there'} after ${sayDuration(given.within)}`, { retryable: true });
    context.progress(`${found?.status ?? 'begun'}${found?.percent === undefined ? '' : `, ${found.percent} %`}`);
    await context.pause(pollMs);
  }
}

function receiptOf(given: Input, name: string, { id, takenAt, engine, diskGb }: Snapshot): JsonObject {
  return {
    snapshot: name, ...(id === name ? {} : { id }), provider: 'rds' in given ? 'rds' : 'cloud-sql', instance: instanceOf(given),
    ...(takenAt === undefined ? {} : { takenAt: new Date(takenAt).toISOString() }), ...(engine === undefined ? {} : { engine }), ...(diskGb === undefined ? {} : { diskGb }),
    proven: false, provable: false, why: whyNotProvable,
  };
}
