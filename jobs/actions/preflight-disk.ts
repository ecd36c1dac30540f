import { z } from 'zod';
import type { Action, ActionContext } from '../../src/ports/action.js';
import type { Fact } from '../../src/plan/plan.js';
import { paste } from './paste.js';
import { sayBytes } from './postgres/dump-plan.js';
import { freeBytes } from './postgres/free-bytes.js';
import { failed, failingInWords } from './step-failure.js';

const units: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
/** `5 GB`; the value is bytes, so that parsed input parses again. */
const bytesInput = z.union([
  z.number().int().positive(),
  z.string().regex(/^\d+(?:\.\d+)? ?(?:kB|MB|GB|TB)$/, 'is written 500MB, 5GB').transform((text) => Math.round(Number.parseFloat(text) * (units[text.slice(-2)] ?? 1))),
]);

const input = z.strictObject({
  /** Folders, or files that are yet to be made. */
  paths: z.array(z.string().startsWith('/')).min(1),
  /** What must be free on each of their disks. */
  free: bytesInput,
});
type Input = z.output<typeof input>;

/** Room for dumps, images and temporary files, seen when the plan is made and again when the step runs. */
export const preflightDiskAction: Action<Input> = {
  name: 'preflight.disk',
  summary: 'Checks that the disks of some folders have enough free space.',
  input,
  check: true,
  defaultTimeoutMs: 60_000,
  inspect: (context, given) => readDisks(context, given),
  describe: (given) => ({ commands: [`${paste(['df', '-h', ...given.paths])}   # at least ${sayBytes(given.free)} free on each`], effect: 'read', destructive: false, changes: [] }),
  execute: (context, given) => failingInWords(context.mask, async () => {
    const facts = await readDisks(context, given);
    const free = facts.map(({ value }) => Number(value));
    const short = given.paths.findIndex((_path, index) => (free[index] ?? 0) < given.free);
    if (short !== -1) return failed('disk-full', `${given.paths[short] ?? ''} has ${sayBytes(free[short] ?? 0)} free, and ${sayBytes(given.free)} are wanted`);
    return { ok: true, receipt: { wanted: given.free, free: Object.fromEntries(given.paths.map((path, index) => [path, free[index] ?? 0])) } };
  }),
};

async function readDisks(context: ActionContext, { paths, free }: Input): Promise<readonly Fact[]> {
  const readAt = new Date(context.now()).toISOString();
  return Promise.all(paths.map(async (path): Promise<Fact> => ({ key: `disk:${path}`, kind: 'measured', label: `free bytes at ${path}`, value: await freeBytes(path), threshold: { min: free }, readAt })));
}
