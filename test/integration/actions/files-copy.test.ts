import { chmod, lstat, mkdir, readFile, readdir, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { findProgram } from '../../../adapters/process/find-program.js';
import { filesCopyAction } from '../../../jobs/actions/files-copy.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { StepResult } from '../../../src/ports/action.js';
import { sshServer } from '../../support/ssh-server.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

const parse = (raw: object) => filesCopyAction.input.parse(raw);

async function plan(raw: object, given: Parameters<typeof stepContext>[0] = {}) {
  const step = await stepContext(given);
  const parsed = parse(raw);
  const facts = (await filesCopyAction.inspect?.(step.context, parsed)) ?? [];
  return { ...step, parsed, facts, context: { ...step.context, facts }, described: filesCopyAction.describe(parsed, { facts }) };
}
async function copy(raw: object, given: Parameters<typeof stepContext>[0] = {}) {
  const planned = await plan(raw, given);
  return { ...planned, result: await filesCopyAction.execute(planned.context, planned.parsed) };
}

/** Files with awkward names, a link and a mode. */
async function tree(): Promise<string> {
  const folder = await tempFolder('planb-from');
  await mkdir(join(folder, 'sub folder'));
  await mkdir(join(folder, 'logs'));
  await writeFile(join(folder, 'a.sql'), 'select 1');
  await writeFile(join(folder, 'sub folder', "it's $HOME; `x`\n*"), 'odd');
  await writeFile(join(folder, 'sub folder', 'größe.txt'), 'groß');
  await writeFile(join(folder, 'logs', 'x.log'), 'log');
  await chmod(join(folder, 'a.sql'), 0o640);
  await symlink('a.sql', join(folder, 'latest'));
  return folder;
}
const target = async (): Promise<string> => join(await tempFolder('planb-to'), 'deep', 'copy');

describe('files.copy on this machine', () => {
  it('copies a folder with names, links and modes, and compares every file', async () => {
    const [from, to] = [await tree(), await target()];
    const { described, facts, result, context, parsed } = await copy({ from, to });
    expect(facts[0]?.value).toMatchObject({ kind: 'folder', rsync: true, files: 4, bytes: 19, toSend: 19 });
    expect(described).toMatchObject({ effect: 'idempotent', destructive: false, changes: [], lost: [] });
    expect(described.commands[0]).toBe(`rsync --archive -s --backup --backup-dir=${dirname(to)}/.planb-replaced-copy-RUN-STEP ${from}/ ${to}/   # 4 files, 1 kB, of which 1 kB to send`);
    expect(result).toMatchObject({ ok: true, receipt: { files: 4, bytesSent: 19, with: 'rsync', deleted: 0 } });
    expect(await readFile(join(to, 'sub folder', "it's $HOME; `x`\n*"), 'utf8')).toBe('odd');
    expect(await readlink(join(to, 'latest'))).toBe('a.sql');
    expect((await lstat(join(to, 'a.sql'))).mode & 0o777).toBe(0o640);
    expect(await filesCopyAction.probe?.(context, parsed, undefined)).toMatchObject({ outcome: 'happened', saw: '4 of 4 files are the same on both sides' });
    // Again: nothing is sent and nothing put aside.
    expect(await filesCopyAction.execute(context, parsed)).toMatchObject({ ok: true, receipt: { bytesSent: 0 } });
    expect(await readdir(dirname(to))).toEqual(['copy']);
  });

  it('puts aside what it replaces, and keeps what only the destination has', async () => {
    const [from, to] = [await tree(), await tempFolder('planb-to')];
    await writeFile(join(to, 'a.sql'), 'older text');
    await writeFile(join(to, 'own'), 'own');
    const { result } = await copy({ from, to, excludes: ['*.log', '/sub folder'] });
    expect(result).toMatchObject({ ok: true, receipt: { files: 1 } });
    expect((await readdir(to)).sort()).toEqual(['a.sql', 'latest', 'logs', 'own']);
    expect(await readdir(join(to, 'logs'))).toEqual([]);
    const aside = asideOf(result);
    onTestFinished(() => rm(aside, { recursive: true }));
    expect(await readFile(join(aside, 'a.sql'), 'utf8')).toBe('older text');
  });

  it('finds bytes that differ although size and time are the same', async () => {
    const [from, to] = [await tempFolder('planb-from'), await target()];
    await mkdir(to, { recursive: true });
    for (const [folder, text] of [[from, 'good'], [to, 'evil']] as const) {
      await writeFile(join(folder, 'data'), text);
      await utimes(join(folder, 'data'), 1_700_000_000, 1_700_000_000);
    }
    expect((await copy({ from, to })).result).toMatchObject({ ok: true });
    expect(await readFile(join(to, 'data'), 'utf8')).toBe('good');
  });

  it('deletes only when told, only what was approved, and is destructive then', async () => {
    const [from, to] = [await tree(), await target()];
    await mkdir(to, { recursive: true });
    await writeFile(join(to, 'old'), 'old');
    const planned = await plan({ from, to, delete: true });
    expect(planned.described).toMatchObject({ destructive: true, lost: [`1 files and folders at ${to} that ${from} does not have (old); they are put aside beside it`], changes: [{ key: `copy-deletes:${from}:${to}` }] });
    expect(planned.facts[1]).toMatchObject({ kind: 'identity', value: { count: 1, names: ['old'] } });
    await writeFile(join(to, 'new'), 'came after the vote');
    expect(await filesCopyAction.execute(planned.context, planned.parsed)).toMatchObject({ ok: false, error: { code: 'other-files' } });
    expect((await readdir(to)).sort()).toEqual(['new', 'old']);

    const { result } = await copy({ from, to, delete: true });
    expect(result).toMatchObject({ ok: true, receipt: { deleted: 2 } });
    expect((await readdir(to)).sort()).toEqual(['a.sql', 'latest', 'logs', 'sub folder']);
    expect((await readdir(asideOf(result))).sort()).toEqual(['new', 'old']);
  });

  it('never deletes for an empty or missing source', async () => {
    const [from, to] = [await tempFolder('planb-from'), await tree()];
    await expect(plan({ from, to, delete: true })).rejects.toMatchObject({ code: 'empty-source' });
    const { context } = await stepContext();
    expect(await filesCopyAction.execute(context, parse({ from, to, delete: true }))).toMatchObject({ ok: false, error: { code: 'empty-source' } });
    await expect(plan({ from: join(from, 'none'), to, delete: true })).rejects.toMatchObject({ code: 'no-source' });
    expect(await filesCopyAction.execute(context, parse({ from: join(from, 'none'), to }))).toMatchObject({ ok: false, error: { code: 'no-source' } });
    expect(await readdir(to)).toHaveLength(4);
  });

  it('copies a single file, into a folder where the slash says so', async () => {
    const [from, to] = [join(await tree(), 'a.sql'), await target()];
    expect((await copy({ from, to })).result).toMatchObject({ ok: true, receipt: { files: 1 } });
    expect(await readFile(to, 'utf8')).toBe('select 1');
    const folder = await tempFolder('planb-to');
    expect((await copy({ from, to: `${folder}/` })).result).toMatchObject({ ok: true });
    expect(await readdir(folder)).toEqual(['a.sql']);
    await expect(plan({ from, to: folder })).rejects.toMatchObject({ code: 'is-a-folder' });
  });

  it('refuses what the disk would not hold', async () => {
    const { described, ...planned } = await plan({ from: await tree(), to: await target() });
    expect(described.commands).toHaveLength(2);
    const facts = planned.facts.map((fact) => ({ ...fact, value: { ...(fact.value as JsonObject), free: 10 } }));
    expect(() => filesCopyAction.describe(planned.parsed, { facts })).toThrow(/has 1 kB free, and 1 kB are to be copied/);
  });

  it('tells after a crash what is there', async () => {
    const [from, to] = [await tree(), await target()];
    const { context, parsed } = await plan({ from, to });
    expect(await filesCopyAction.probe?.(context, parsed, undefined)).toMatchObject({ outcome: 'absent' });
    await mkdir(to, { recursive: true });
    await writeFile(join(to, 'a.sql'), 'select 1');
    expect(await filesCopyAction.probe?.(context, parsed, undefined)).toMatchObject({ outcome: 'unclear', saw: '1 of 4 files are the same on both sides' });
  });

  it('refuses ends that lie in one another, two machines, options and secrets', () => {
    const refuse = (from: string, to: string, more: object = {}) => filesCopyAction.input.safeParse({ from, to, ...more }).error?.issues[0]?.message;
    expect(refuse('/a', '/a/b')).toContain('lie in one another');
    expect(refuse('ssh://x/a', 'ssh://y/b')).toContain('this machine');
    for (const bad of ['a/b', '/', '/a/../b', 'ssh://-oProxyCommand=x/a', 'ssh://host', 'http://x/y']) expect(refuse(bad, '/b')).toContain('expected /path');
    expect(refuse('/a/${env:X}', '/b')).toContain('secret');
    for (const exclude of ['../x', '/', '/a*', 'a/b', '..']) expect(refuse('/a', '/b', { excludes: [exclude] })).toContain('expected a name');
  });
});

describe('files.copy over ssh', () => {
  it('copies to another machine and back', async () => {
    const ssh = await sshServer();
    const [from, there, back] = [await tree(), await target(), await target()];
    const out = await copy({ from, to: `${ssh.url}${there}`, 'ssh-config': ssh.config, bandwidth: 100_000 });
    expect(out.described.commands[0]).toMatch(/--bwlimit=100000 -e 'ssh -F .* -o BatchMode=yes -o StrictHostKeyChecking=yes/);
    expect(out.result).toMatchObject({ ok: true, receipt: { files: 4, with: 'rsync' } });
    expect(await readFile(join(there, 'sub folder', "it's $HOME; `x`\n*"), 'utf8')).toBe('odd');
    expect(await filesCopyAction.probe?.(out.context, out.parsed, undefined)).toMatchObject({ outcome: 'happened' });
    await writeFile(join(there, 'a.sql'), 'select 2');
    expect(await filesCopyAction.probe?.(out.context, out.parsed, undefined)).toMatchObject({ outcome: 'unclear' });
    expect((await copy({ from: `${ssh.url}${there}/`, to: back, 'ssh-config': ssh.config })).result).toMatchObject({ ok: true, receipt: { files: 4 } });
    expect(await readFile(join(back, 'a.sql'), 'utf8')).toBe('select 2');
    const single = await target();
    expect((await copy({ from: `${ssh.url}${there}/a.sql`, to: single, 'ssh-config': ssh.config })).result).toMatchObject({ ok: true });
    expect(await readFile(single, 'utf8')).toBe('select 2');
  });

  it('takes what shells and patterns give a meaning to as paths; scp, which would not, is not used for them', async () => {
    const ssh = await sshServer();
    const hostile = [`$(touch x) \`id\` "it's" --flag`, '~root & {a,b} * ${HOME} %n \\'];
    for (const value of hostile) {
      const [from, there, back] = [join(await tempFolder('planb-from'), `from ${value}`), join(await tempFolder('planb-to'), `to ${value}`), join(await tempFolder('planb-to'), `back ${value}`)];
      await mkdir(from);
      await writeFile(join(from, value), value);
      expect((await copy({ from, to: `${ssh.url}${there}`, 'ssh-config': ssh.config })).result, value).toMatchObject({ ok: true, receipt: { files: 1, with: 'rsync' } });
      expect((await copy({ from: `${ssh.url}${there}`, to: back, 'ssh-config': ssh.config })).result, value).toMatchObject({ ok: true, receipt: { files: 1 } });
      expect(await readFile(join(back, value), 'utf8')).toBe(value);
      expect(await readdir(dirname(there))).toEqual([`to ${value}`]);
    }
    await withoutRsync();
    const folder = await tempFolder('planb-from');
    for (const value of hostile) {
      await mkdir(join(folder, value));
      await expect(plan({ from: `${ssh.url}${folder}/${value}`, to: await target(), 'ssh-config': ssh.config })).rejects.toMatchObject({ code: 'needs-rsync' });
      await expect(plan({ from: folder, to: `${ssh.url}${await target()}/${value}`, 'ssh-config': ssh.config })).rejects.toMatchObject({ code: 'needs-rsync' });
    }
  }, 120_000);

  it('says why a machine does not answer, does not let planb in, or is another one', async () => {
    const ssh = await sshServer();
    const raw = { from: await tree(), to: `${ssh.url}/tmp/planb-never`, 'ssh-config': ssh.config };
    const known = await readFile(ssh.knownHosts, 'utf8');
    const other = await sshServer();
    await writeFile(ssh.knownHosts, '');
    await expect(plan(raw)).rejects.toMatchObject({ code: 'host-key-unknown' });
    await writeFile(ssh.knownHosts, `${known.split(' ')[0] ?? ''} ${(await readFile(other.knownHosts, 'utf8')).split(' ').slice(1).join(' ')}`);
    await expect(plan(raw)).rejects.toMatchObject({ code: 'host-key-changed' });
    await writeFile(ssh.knownHosts, known);
    await writeFile(join(dirname(ssh.config), 'authorized_keys'), '');
    await expect(plan(raw)).rejects.toMatchObject({ code: 'permission-denied' });
    await ssh.stop();
    await expect(plan(raw)).rejects.toMatchObject({ code: 'host-unreachable', retryable: true });
  });

  it('uses scp where rsync is missing, and refuses what scp cannot do', async () => {
    const ssh = await sshServer();
    const from = await tempFolder('planb-from');
    await mkdir(join(from, 'sub folder'));
    await writeFile(join(from, 'sub folder', "it's $HOME"), 'odd');
    await withoutRsync();
    const there = await target();
    const raw = { from, to: `${ssh.url}${there}`, 'ssh-config': ssh.config };
    const out = await copy(raw);
    expect(out.described.commands[0]).toMatch(/^scp -r -p -q /);
    expect(out.result).toMatchObject({ ok: true, receipt: { files: 1, with: 'scp' } });
    expect(await readFile(join(there, 'sub folder', "it's $HOME"), 'utf8')).toBe('odd');
    const back = await target();
    expect((await copy({ from: raw.to, to: back, 'ssh-config': ssh.config })).result).toMatchObject({ ok: true, receipt: { with: 'scp' } });
    expect(await readFile(join(back, 'sub folder', "it's $HOME"), 'utf8')).toBe('odd');
    const local = await target();
    expect((await copy({ from, to: local })).result).toMatchObject({ ok: true, receipt: { with: 'cp' } });

    await expect(plan({ ...raw, delete: true })).rejects.toMatchObject({ code: 'needs-rsync' });
    await expect(plan({ ...raw, excludes: ['x'] })).rejects.toMatchObject({ code: 'needs-rsync' });
    await writeFile(join(there, 'sub folder', "it's $HOME"), 'another text');
    expect((await copy(raw)).result).toMatchObject({ ok: false, error: { code: 'needs-rsync', message: expect.stringContaining("sub folder/it's $HOME") as string } });
    await symlink('x', join(from, 'link'));
    expect((await copy({ ...raw, to: `${ssh.url}${await target()}` })).result).toMatchObject({ ok: false, error: { code: 'needs-rsync', message: expect.stringContaining('symbolic links') as string } });
  });
});

function asideOf(result: StepResult): string {
  const aside = result.ok ? result.receipt['aside'] : undefined;
  return typeof aside === 'string' ? aside : '';
}

/** A PATH with everything but rsync. */
async function withoutRsync(): Promise<void> {
  const folder = await tempFolder('planb-bin');
  const path = process.env['PATH'] ?? '';
  for (const name of ['ssh', 'scp', 'cp', 'stat', 'df', 'find', 'sha256sum', 'mkdir', 'setpriv', 'flock']) {
    const found = await findProgram(name, path, '/');
    if ('path' in found) await symlink(found.path, join(folder, name));
  }
  process.env['PATH'] = folder;
  onTestFinished(() => { process.env['PATH'] = path; });
}
