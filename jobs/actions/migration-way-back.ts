import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { wayBackAction } from '../../src/migration/gate.js';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { askHttp } from './http-probe.js';
import { paste } from './paste.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  /** An address of the old server, asked from where the step acts. */
  url: z.string().min(1),
  status: z.number().int().min(100).max(599).default(200),
});
type Input = z.output<typeof input>;

const requestMs = 10_000;
const file = 'way-back.sh';

/** Before DNS may move: the old server answers, and the way back is planned now, while there is nothing to go back from, stored with the run and posted to its thread. */
export const migrationWayBackAction: Action<Input> = {
  name: wayBackAction,
  summary: 'Asks the old server, and plans the way back from a migration, kept with the run and posted: DNS does not move without it.',
  input,
  remote: true,
  defaultTimeoutMs: 10 * 60_000,
  describe: ({ url, status }) => ({ commands: [`${paste(['curl', '-sS', '-i', url])}   # ${status}: the old server answers`, `# plans the target's runbook "return" as right after the switch, and keeps it as ${file}`], effect: 'idempotent', destructive: false, changes: [] }),
  execute: (context, given) => failingInWords(context.mask, () => planAhead(context, given)),
};

async function planAhead(context: StepContext, { url, status }: Input): Promise<StepResult> {
  const answer = await askHttp(context, { url, status, method: 'GET', headers: {} }, requestMs);
  if (!answer.good) return failed('old-server-silent', `the old server answers ${answer.saw}: without it there is no way back`, { retryable: true });
  const planned = await context.planReturn();
  if (!planned.ok) return failed('way-back-not-planned', `the way back cannot be planned: ${planned.message}`, { retryable: true });
  const path = join(await context.runFolder(), file);
  await writeFile(path, context.mask(planned.text), { mode: 0o600 });
  await context.postFile({ name: file, title: 'The way back', text: planned.text });
  return { ok: true, receipt: { planned: true, oldServer: answer.saw, digest: planned.digest, steps: planned.steps, file: path } };
}
