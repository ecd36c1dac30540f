import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createThrowawayPostgres } from '../adapters/embedded/throwaway-postgres.js';
import { localFiles } from '../adapters/files/local-files.js';
import { connectTargetDatabase } from '../adapters/postgres/target-database.js';
import { createRunProgram } from '../adapters/process/run-program.js';
import type { StepContext, StepResult } from '../src/ports/action.js';
import { createMasker } from '../src/secret/mask.js';

/** What an action is given by a worker on this machine, for measuring it alone: real programs, files and databases; nothing is recorded or sent. */
export function stepContext(folder: string, step: string): StepContext {
  const masker = createMasker([]);
  const runProgram = createRunProgram(masker);
  const { signal } = new AbortController();
  const away = (): never => { throw new Error('the bench reaches nothing else'); };
  const at = async (name: string): Promise<string> => {
    await mkdir(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  return {
    target: 'bench', runId: 'bench', step, attemptId: `bench/${step}/1`, requester: 'alice', startedAt: Date.now(), firstStartedAt: Date.now(), facts: [], receipts: {}, destroysNothing: false,
    run: (request) => runProgram(request), connectDatabase: connectTargetDatabase, files: localFiles, throwawayPostgres: createThrowawayPostgres(),
    dns: { open: away, authoritative: away, resolvers: away, ask: away },
    backups: { machine: () => Promise.resolve('bench'), policy: { freshMs: 0, keep: { days: 7, last: 5 } }, listBackups: () => Promise.resolve([]), findBackup: () => Promise.resolve(undefined) },
    records: { lastPreflight: () => Promise.resolve(undefined), migrations: () => Promise.resolve({ took: {}, open: [] }), neededReleases: () => Promise.resolve([]) },
    fetch: globalThis.fetch, fetchAfterAbort: globalThis.fetch, now: Date.now, pause: (ms) => delay(ms), signal, log: () => undefined, progress: () => undefined,
    runFolder: () => at('run'), cacheFolder: () => at('cache'), mask: (text) => masker.mask(text), notifyChannel: () => Promise.resolve(), postFile: () => Promise.resolve(),
    planReturn: away, planWayBack: away,
  };
}

/** Throws what a failed step says. */
export function receiptOf(result: StepResult): Extract<StepResult, { ok: true }>['receipt'] {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.receipt;
}
