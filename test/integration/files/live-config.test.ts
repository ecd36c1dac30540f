import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { watchConfig, type LiveConfig } from '../../../adapters/files/live-config.js';
import { loadConfig } from '../../../adapters/files/load-config.js';
import type { Log } from '../../../src/ports/log.js';
import { eventually } from '../../support/eventually.js';
import { tempFolder } from '../../support/temp-folder.js';

const first = `people:
  alice: { slack: U01ALICE }
  bob: { slack: U02BOB }
  carol: { slack: U03CAROL }
groups: { oncall: [alice, bob, carol] }
channels:
  ops: { slack: C0123456 }
targets:
  shop: { runbook: app-compose, channel: ops, requesters: [oncall], with: { project: /srv/shop } }
`;

async function watched(): Promise<{ file: string; live: LiveConfig; said: string[] }> {
  const file = join(await tempFolder(), 'planb.yaml');
  await writeFile(file, first);
  const said: string[] = [];
  const say = (_fields: object, message: string): void => { said.push(message); };
  const log: Log = { info: say, warn: say, error: say };
  const live = watchConfig(await loadConfig(file), log);
  onTestFinished(() => { live.stop(); });
  return { file, live, said };
}

it('lets who left the group vote no more, without a restart', async () => {
  const { file, live } = await watched();
  expect(live.current.config.groups['oncall']).toEqual(['alice', 'bob', 'carol']);
  await writeFile(file, first.replace('[alice, bob, carol]', '[alice, bob]'));
  await eventually(() => live.current.config.groups['oncall']?.length === 2);
});

it('takes over a file that an editor put in its place', async () => {
  const { file, live } = await watched();
  await writeFile(`${file}.new`, (await readFile(file, 'utf8')).replace('carol]', 'carol ]'));
  await rename(`${file}.new`, file);
  await writeFile(`${file}.new`, first.replace('app-compose', './other.yaml'));
  await rename(`${file}.new`, file);
  await eventually(() => live.current.config.targets['shop']?.runbook === './other.yaml');
});

it('keeps the last right one, and says so, while the file is wrong or gone', async () => {
  const { file, live, said } = await watched();
  await writeFile(file, 'people: [');
  await eventually(() => said.includes('planb.yaml has changed and cannot be used; the one before stays in force'));
  expect(live.current.config.groups['oncall']).toHaveLength(3);
  await writeFile(file, first.replace('[alice, bob, carol]', '[alice, bob]'));
  await eventually(() => live.current.config.groups['oncall']?.length === 2);
});
