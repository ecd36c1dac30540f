import { connectTargetDatabase } from '../../../adapters/postgres/target-database.js';
import type { StepContext } from '../../../src/ports/action.js';
import type { Host } from '../../../src/ports/host.js';

/** What a context of this machine becomes for a step on another one, as jobs/step-context.ts makes it. */
export function thereFrom(context: StepContext, host: Host): StepContext {
  return {
    ...context, on: host.address, connectDatabase: host.connectDatabase, files: host.files, fetch: host.fetch, fetchAfterAbort: host.fetch,
    run: (request) => host.runProgram({ ...request, marker: { run: context.runId, step: context.step, attempt: context.attemptId } }),
    here: { run: context.run, connectDatabase: connectTargetDatabase, forward: host.forward },
  };
}
