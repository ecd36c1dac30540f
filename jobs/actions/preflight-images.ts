import { z } from 'zod';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { docker, lastOf } from './docker/docker-cli.js';
import { findSpareImages } from './preflight/spare-images.js';
import { paste } from './paste.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  /** The folder of the compose file, absolute. */
  project: z.string().startsWith('/'),
  services: z.array(z.string().min(1)).min(1),
  /** How many releases of each service stay at hand. */
  keep: z.number().int().min(2).default(5),
  /** Older images are removed, not only named. */
  remove: z.boolean().default(false),
});
type Input = z.output<typeof input>;

const spareSchema = z.array(z.string());
const factKey = ({ project, services }: Input): string => `spare-images:${project}:${services.join(',')}`;

/** Keeps the newest images of each service at hand for the way back, and names the older ones; with `remove` those that nothing needs go. */
export const preflightImagesAction: Action<Input> = {
  name: 'preflight.images',
  summary: 'Names the images that are older than the newest few and that nothing needs; removes them where asked to.',
  input,
  defaultTimeoutMs: 10 * 60_000,
  inspect: async (context, given): Promise<readonly Fact[]> => {
    const { spare } = await findSpareImages(context, given);
    return [{ key: factKey(given), kind: 'measured', label: `images older than the newest ${given.keep} that nothing needs`, value: [...spare], readAt: new Date(context.now()).toISOString() }];
  },
  describe: (given, { facts }) => {
    const spare = spareOf(given, facts);
    if (!given.remove) return { commands: [`# names images older than the newest ${given.keep}: ${spare.join(', ') || 'none'}`], effect: 'read', destructive: false, changes: [] };
    // They can be pulled again as long as the registry has them, so no backup is asked for; the plan names each all the same.
    return { commands: spare.length === 0 ? ['# every image is needed or new'] : spare.map((reference) => paste(['docker', 'image', 'rm', reference])), effect: 'idempotent', destructive: false, changes: [], lost: spare.map((reference) => `image ${reference} on this machine`) };
  },
  execute: (context, given) => failingInWords(context.mask, () => prune(context, given)),
};

function spareOf(given: Input, facts: readonly Fact[]): readonly string[] {
  return spareSchema.safeParse(facts.find(({ key }) => key === factKey(given))?.value).data ?? [];
}

async function prune(context: StepContext, given: Input): Promise<StepResult> {
  const { kept, spare } = await findSpareImages(context, given);
  if (!given.remove) return { ok: true, receipt: { kept: [...kept], spare: [...spare] } };
  // What people saw in the plan and nothing needs now; an image that came to be needed since stays.
  const planned = spareOf(given, context.facts);
  const removed: string[] = [];
  for (const reference of spare.filter((one) => planned.includes(one))) {
    // Without --force: docker itself refuses an image that a container uses.
    const outcome = await docker(context, ['image', 'rm', reference], { quiet: false });
    if (!outcome.ok && !/no such image/i.test(outcome.output)) return failed('docker-failed', `${reference} cannot be removed: ${lastOf(outcome.output) || outcome.summary}`);
    removed.push(reference);
  }
  return { ok: true, receipt: { kept: [...kept], removed } };
}
