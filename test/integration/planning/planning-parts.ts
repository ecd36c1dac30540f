import { join } from 'node:path';
import { mkdir, writeFile } from 'node:fs/promises';
import { onTestFinished } from 'vitest';

import { loadRunbook } from '../../../adapters/files/load-runbook.js';
import { referenceReader } from '../../../adapters/files/load-config.js';
import { createThrowawayPostgres } from '../../../adapters/embedded/throwaway-postgres.js';
import { migrate } from '../../../adapters/postgres/migrate.js';
import { createStore } from '../../../adapters/postgres/store.js';
import { connectTargetDatabase } from '../../../adapters/postgres/target-database.js';
import { ownIdentity } from '../../../adapters/process/process-identity.js';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import { actions } from '../../../jobs/actions/registry.js';
import type { Parts } from '../../../jobs/parts.js';
import { parseConfig } from '../../../src/config/parse-config.js';
import { configuredSecrets, hidingReader, makeMasker } from '../../../src/configured-secrets.js';
import { emptyRun, type RunState } from '../../../src/run/state.js';
import type { Masker } from '../../../src/secret/mask.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';
import { localFiles } from '../../../adapters/files/local-files.js';
import { noDns } from '../../support/no-dns.js';
import { noHosts } from '../../support/no-hosts.js';

export interface PlanningParts {
  readonly parts: Parts;
  readonly database: TestDatabase;
  readonly masker: Masker;
  /** What planb logged. */
  readonly logged: string[];
  /** A run of the target that is being planned. */
  readonly run: (given?: Partial<RunState>) => RunState;
}

/** A worker's parts on a real store and the real machine, for one target `shop` whose runbook is the text given. */
export async function planningParts(given: { readonly runbook: string; readonly target?: string; readonly env?: Readonly<Record<string, string>>; readonly more?: string }): Promise<PlanningParts> {
  const folder = await tempFolder('planb-planning');
  const database = await createDatabase({ name: 'planning', migrate: async (url) => { await migrate(url); } });
  const store = createStore({ url: database.url });
  onTestFinished(async () => {
    await store.close();
    await database.drop();
  });
  await writeFile(join(folder, 'runbook.yaml'), given.runbook);
  const parsed = parseConfig(`people:
  alice: { slack: U01ALICE }
  bob: { slack: U02BOB }
groups: { oncall: [alice, bob] }
channels:
  ops: { slack: C0123456, telegram: { chat: -100 } }
targets:
  shop: { title: Shop, runbook: ./runbook.yaml, channel: ops, requesters: [oncall], ${given.target ?? ''} }
${given.more ?? ''}`, 'planb.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const read = referenceReader(folder, { ...given.env });
  const masker = makeMasker(configuredSecrets(parsed.config, read));
  const logged: string[] = [];
  const log = (fields: object, message: string): void => { logged.push(`${message} ${JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.message : value))}`); };
  const parts: Parts = {
    worker: 'w1', store, config: parsed.config, actions, nudgeRelay: () => undefined,
    queue: { publish: () => Promise.resolve(), consume: () => ({ close: () => Promise.resolve() }), ping: () => Promise.resolve(), close: () => Promise.resolve() },
    log: { info: log, warn: log, error: log },
    world: {
      runProgram: createRunProgram(masker), connectDatabase: connectTargetDatabase, files: localFiles, hosts: noHosts, dns: noDns, throwawayPostgres: createThrowawayPostgres(), fetch: globalThis.fetch, references: hidingReader(read, masker), mask: (text) => masker.mask(text),
      identity: await ownIdentity(), ownerState: () => Promise.resolve('elsewhere'), endOrphans: () => Promise.resolve(0),
      runFolder: async (run) => {
        const path = join(folder, 'runs', run);
        await mkdir(path, { recursive: true });
        return path;
      },
      dataFolder: folder, machine: () => Promise.resolve('m1'),
      cacheFolder: async () => {
        const path = join(folder, 'cache');
        await mkdir(path, { recursive: true });
        return path;
      },
      loadRunbook: (name) => loadRunbook(name, folder),
    },
  };
  const run = (state: Partial<RunState> = {}): RunState => ({ ...emptyRun('7KQ'), phase: 'planning', target: 'shop', title: 'Shop', kind: 'rollback', runbook: './runbook.yaml', requester: 'alice', ...state });
  return { parts, database, masker, logged, run };
}
