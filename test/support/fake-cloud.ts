import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

import { tempFolder } from './temp-folder.js';

interface State {
  /** By name: how often it must be asked for until it is there. */
  readonly snapshots: Readonly<Record<string, { readonly asked: number }>>;
  readonly needed?: number;
  /** The status that a snapshot never leaves. */
  readonly stuck?: string;
  /** What creating answers on standard error, with exit code 254 or 1. */
  readonly refuses?: string;
}

/** Answers as `aws` and `gcloud` document it, for one instance `shop-db`; snapshots are kept in `state.json`, every call in `calls`. */
const script = `#!${process.execPath}
const { readFileSync, writeFileSync, appendFileSync } = require('node:fs');
const { basename } = require('node:path');
const state = JSON.parse(readFileSync('STATE/state.json', 'utf8'));
const args = process.argv.slice(2);
const program = basename(process.argv[1]);
appendFileSync('STATE/calls', JSON.stringify([program, ...args]) + '\\n');
const fail = (code, text) => { console.error(text); process.exit(code); };
const answer = (value) => { writeFileSync('STATE/state.json', JSON.stringify(state)); console.log(JSON.stringify(value)); };
const after = (name) => args[args.indexOf(name) + 1];
const flag = (name) => args.find((arg) => arg.startsWith(name + '='))?.slice(name.length + 1);
const ready = (one) => ++one.asked > (state.needed ?? 0);
const taken = '2026-03-04T05:06:07.123000+00:00';
if (program === 'aws') {
  const name = after('--db-snapshot-identifier');
  const own = state.snapshots[name];
  if (args[1] === 'describe-db-instances') after('--db-instance-identifier') === 'shop-db' ? answer({ DBInstances: [{ DbiResourceId: 'db-ABC' }] }) : fail(254, 'An error occurred (DBInstanceNotFound) when calling the DescribeDBInstances operation: DBInstance not found');
  else if (args[1] === 'create-db-snapshot') {
    if (state.refuses) fail(254, state.refuses);
    if (own) fail(254, 'An error occurred (DBSnapshotAlreadyExists) when calling the CreateDBSnapshot operation: Cannot create the snapshot');
    state.snapshots[name] = { asked: 0 };
    answer({ DBSnapshot: { DBSnapshotIdentifier: name, Status: 'creating' } });
  } else if (!own) fail(254, 'An error occurred (DBSnapshotNotFound) when calling the DescribeDBSnapshots operation: DBSnapshot ' + name + ' not found.');
  else { const done = ready(own); answer({ DBSnapshots: [{ DBSnapshotIdentifier: name, DBInstanceIdentifier: 'shop-db', Status: state.stuck ?? (done ? 'available' : 'creating'), PercentProgress: done ? 100 : 40, SnapshotCreateTime: taken, Engine: 'postgres', EngineVersion: '15.4', AllocatedStorage: 20 }] }); }
} else {
  if (args[1] === 'instances') args[3] === 'shop-db' ? answer({ connectionName: 'proj:eu:shop-db', createTime: taken }) : fail(1, 'ERROR: (gcloud.sql.instances.describe) HTTPError 404: The Cloud SQL instance does not exist.');
  else if (args[2] === 'create') {
    if (state.refuses) fail(1, state.refuses);
    const name = flag('--description');
    if (state.snapshots[name]) state.twice = true;
    state.snapshots[name] = { asked: 0 };
    answer({ status: 'PENDING' });
  } else answer(Object.entries(state.snapshots).map(([description, one]) => ({ id: '1700000000001', instance: 'shop-db', description, status: state.stuck ?? (ready(one) ? 'SUCCESSFUL' : 'RUNNING'), startTime: taken })));
}
`;

export interface FakeCloud {
  read(): Promise<State & { readonly twice?: boolean }>;
  change(state: Partial<State>): Promise<void>;
  /** Program and arguments of every call. */
  calls(): Promise<readonly (readonly string[])[]>;
}

/** `aws` and `gcloud`, first on PATH until the test ends. */
export async function fakeCloud(): Promise<FakeCloud> {
  const folder = await tempFolder('planb-cloud');
  const file = join(folder, 'state.json');
  await writeFile(file, JSON.stringify({ snapshots: {} }));
  for (const name of ['aws', 'gcloud']) await writeFile(join(folder, name), script.replaceAll('STATE', folder), { mode: 0o755 });
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = `${folder}${delimiter}${path}`;
  onTestFinished(() => { process.env['PATH'] = path; });
  const read = async () => JSON.parse(await readFile(file, 'utf8')) as State & { readonly twice?: boolean };
  return {
    read,
    change: async (more) => writeFile(file, JSON.stringify({ ...(await read()), ...more })),
    calls: async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as string[]),
  };
}
