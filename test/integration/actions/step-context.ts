import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';

import { localFiles } from '../../../adapters/files/local-files.js';
import { createThrowawayPostgres } from '../../../adapters/embedded/throwaway-postgres.js';
import { connectTargetDatabase } from '../../../adapters/postgres/target-database.js';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import type { StepContext } from '../../../src/ports/action.js';
import type { ChatFile } from '../../../src/ports/chat.js';
import { createMasker } from '../../../src/secret/mask.js';
import { noDns } from '../../support/no-dns.js';
import { tempFolder } from '../../support/temp-folder.js';

/** What a step said while it ran. */
export interface StepRecord {
  readonly context: StepContext;
  readonly log: string[];
  readonly progress: string[];
  readonly posts: { channel: string; text: string }[];
  readonly files: ChatFile[];
  readonly runFolder: string;
  readonly cacheFolder: string;
}

/** A step's context on this machine's real parts: programs, files, PostgreSQL, HTTP, clock. `secrets` are masked. */
export async function stepContext(given: Partial<StepContext> = {}, secrets: readonly string[] = []): Promise<StepRecord> {
  const masker = createMasker(secrets.map((value, index) => ({ name: `secret${index}`, value })));
  const runProgram = createRunProgram(masker);
  const runFolder = join(await tempFolder('planb-run'), 'run');
  const cacheFolder = await tempFolder('planb-cache');
  const log: string[] = [];
  const progress: string[] = [];
  const posts: { channel: string; text: string }[] = [];
  const files: ChatFile[] = [];
  const signal = given.signal ?? new AbortController().signal;
  const context: StepContext = {
    target: 'shop',
    runId: 'r1',
    step: 's1',
    attemptId: 'r1/s1/1',
    requester: 'alice',
    startedAt: Date.now(),
    firstStartedAt: Date.now(),
    facts: [],
    receipts: {},
    run: (request, options) =>
      runProgram({
        ...request,
        onLine: (line) => {
          if (options?.quiet !== true) log.push(line.text);
          request.onLine?.(line);
        },
      }),
    connectDatabase: connectTargetDatabase,
    files: localFiles,
    throwawayPostgres: createThrowawayPostgres(),
    dns: noDns({ runProgram, signal }),
    backups: { machine: () => Promise.resolve('m1'), policy: { freshMs: 0, keep: { days: 7, last: 5 } }, listBackups: () => Promise.resolve([]), findBackup: () => Promise.resolve(undefined) },
    records: { lastPreflight: () => Promise.resolve(undefined), migrations: () => Promise.resolve({ took: {}, open: [] }), neededReleases: () => Promise.resolve([]) },
    destroysNothing: false,
    fetch: globalThis.fetch,
    fetchAfterAbort: globalThis.fetch,
    now: Date.now,
    pause: (ms) => delay(ms, undefined, { signal }),
    signal,
    log: (line) => log.push(line),
    progress: (line) => progress.push(line),
    runFolder: async () => {
      await mkdir(runFolder, { recursive: true });
      return runFolder;
    },
    cacheFolder: () => Promise.resolve(cacheFolder),
    mask: (text) => masker.mask(text),
    notifyChannel: (channel, text) => {
      posts.push({ channel, text });
      return Promise.resolve();
    },
    postFile: (file) => {
      files.push(file);
      return Promise.resolve();
    },
    planReturn: () => Promise.resolve({ ok: false, message: 'this test has no way back' }),
    planWayBack: () => Promise.resolve({ ok: false, message: 'this test has no way back' }),
    ...given,
  };
  return { context, log, progress, posts, files, runFolder, cacheFolder };
}
