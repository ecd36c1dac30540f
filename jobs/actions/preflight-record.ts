import { z } from 'zod';
import type { Action, ActionContext, StepContext, StepResult } from '../../src/ports/action.js';
import { findSource, imageSource } from './compose/image-source.js';
import { readDocker } from './docker/docker-cli.js';
import { measureHealth } from './preflight/measure-health.js';
import { paste } from './paste.js';
import { programInput } from './program-input.js';
import { lastLine } from './run.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  /** Addresses that answer 200 when all is well. */
  health: z.array(z.string().min(1)).min(1),
  /** The image whose label org.opencontainers.image.revision tells the commit: what a Compose service runs. */
  image: imageSource.optional(),
  /** A program that prints the commit, where no label does. */
  commit: programInput.optional(),
});
type Input = z.output<typeof input>;

const revisionLabel = 'org.opencontainers.image.revision';

/**
 * Records what runs now as the last known good release, with how it answers: later plans go back to it, and later checks are shown beside it. What is not healthy is not recorded. planb keeps the
 * record with this step's receipt (src/run/preflights-recorded.ts).
 */
export const preflightRecordAction: Action<Input> = {
  name: 'preflight.record',
  summary: 'Records the running release as last known good, with its digest, commit and health.',
  input,
  check: true,
  defaultTimeoutMs: 2 * 60_000,
  inspect: async (context, given) => {
    if (given.image === undefined) return [];
    const { id, reference } = await findSource(context, given.image);
    // What is recorded must be what people saw in the plan.
    return [{ key: `preflight-image:${reference}`, kind: 'identity', label: `image that is recorded as good (${reference})`, value: id, readAt: new Date(context.now()).toISOString() }];
  },
  describe: (given, { from }) => ({
    commands: [...given.health.map((url) => paste(['curl', '-sS', '-i', url])), `# records ${from?.name ?? 'what runs'} as last known good`],
    effect: 'idempotent',
    destructive: false,
    changes: [],
  }),
  execute: (context, given) => failingInWords(context.mask, () => record(context, given)),
};

async function record(context: StepContext, given: Input): Promise<StepResult> {
  const { from } = context;
  if (from === undefined) return failed('not-running', 'nothing says which release runs: neither the target\'s running: nor its rollback');
  const health = [];
  for (const url of given.health) {
    const measured = await measureHealth(context, url);
    if (!measured.good) return failed('not-healthy', `${context.mask(url)}: ${measured.saw}; only what is healthy is recorded as last known good`, { retryable: true });
    health.push({ url: context.mask(url), saw: measured.saw, ms: measured.ms });
  }
  const commit = await readCommit(context, given);
  return {
    ok: true,
    receipt: {
      release: from.name, ...(from.digest === undefined ? {} : { digest: from.digest }), ...(from.moving === undefined ? {} : { moving: from.moving }), ...(commit === undefined ? {} : { commit }), health,
    },
  };
}

async function readCommit(context: ActionContext, { commit, image }: Input): Promise<string | undefined> {
  if (commit !== undefined) {
    const outcome = await context.run({ argv: commit, timeoutMs: 30_000 });
    const line = lastLine(outcome.stdout).trim();
    if (outcome.ok && line !== '') return line.slice(0, 100);
    context.log(`the commit is not known: ${outcome.summary}`);
  }
  if (image === undefined) return undefined;
  const { id } = await findSource(context, image);
  const [labels] = await readDocker(context, ['image', 'inspect', '--format', '{"labels":{{json .Config.Labels}}}', id]);
  const parsed = z.object({ labels: z.record(z.string(), z.string()).nullish() }).safeParse(JSON.parse(labels ?? '{}'));
  return parsed.data?.labels?.[revisionLabel];
}
