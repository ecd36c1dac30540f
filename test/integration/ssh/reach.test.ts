import { appendFile, mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { localFiles } from '../../../adapters/files/local-files.js';
import { httpCheckAction } from '../../../jobs/actions/http-check.js';
import { logsScanAction } from '../../../jobs/actions/logs-scan.js';
import type { HostFiles } from '../../../src/ports/host.js';
import { createDatabase } from '../../support/postgres.js';
import { sshHosts, startSshd } from '../../support/ssh/sshd.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from '../actions/step-context.js';

async function web(answer: (url: string) => { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }): Promise<string> {
  const server = createServer((request, response) => {
    const { status, headers = {}, body = '' } = answer(request.url ?? '');
    response.writeHead(status, { ...headers, 'x-host': request.headers.host ?? '' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** A place of the loopback where nobody listens any more. */
async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${String(port)}/`;
}

describe('why no connection comes about', () => {
  const look = async (address: string, configFile: string) => sshHosts({ configFile }).at(address).runProgram({ argv: ['true'] });

  test('an unknown host key, a changed one, no permission and nobody there are told apart, and nothing is started', async () => {
    const sshd = await startSshd();
    const known = await readFile(sshd.knownHosts, 'utf8');
    await writeFile(sshd.knownHosts, '');
    expect(await look(sshd.address, sshd.configFile)).toMatchObject({ ok: false, unreachable: true, exitCode: null, summary: expect.stringMatching(/^the host key of ssh:\/\/\S+ is not known here; compare its fingerprint/) as string });
    const other = await readFile(join(sshd.folder, 'client_key.pub'), 'utf8');
    await writeFile(sshd.knownHosts, `${known.split(' ')[0] ?? ''} ${other.split(' ').slice(0, 2).join(' ')}\n`);
    expect((await look(sshd.address, sshd.configFile)).summary).toMatch(/^the host key of ssh:\/\/\S+ is not the one in known_hosts/);
    await writeFile(sshd.knownHosts, known);
    await writeFile(join(sshd.folder, 'authorized_keys'), '');
    expect((await look(sshd.address, sshd.configFile)).summary).toMatch(/does not let planb in: .*Permission denied \(publickey\); is planb's public key among its authorized_keys\?\.$/);
    await sshd.stop();
    expect((await look(sshd.address, sshd.configFile)).summary).toBe(`${sshd.address} cannot be reached: Connection refused.`);
    expect((await look('ssh://no-such-machine.invalid', sshd.configFile)).summary).toMatch(/^ssh:\/\/no-such-machine\.invalid cannot be reached: Could not resolve hostname/);
  });
});

describe('connections from another machine', () => {
  test('a database is asked from there', async () => {
    const sshd = await startSshd();
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const host = sshHosts(sshd).at(sshd.address);
    const asked = await host.connectDatabase(database.url);
    expect(await asked.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await asked.close();
  });

  test('a database that is not there is told with ssh\'s reason', async () => {
    const sshd = await startSshd();
    const host = sshHosts(sshd).at(sshd.address);
    await expect(host.connectDatabase(`postgresql://u:p@${new URL(await nobody()).host}/none`)).rejects.toMatchObject({ code: 'unreachable', message: `the database cannot be reached: Connection refused, from ${sshd.address}` });
  });

  test('http is asked from there, by the names of there, redirects included', async () => {
    const sshd = await startSshd();
    const second = await web(() => ({ status: 200, body: 'second' }));
    const first = await web((url) => (url === '/away' ? { status: 302, headers: { location: second } } : { status: 200, body: '{"db":"connected"}' }));
    const host = sshHosts(sshd).at(sshd.address);
    const answer = await host.fetch(`${first}/health`);
    expect([answer.status, await answer.json(), answer.headers.get('x-host')]).toEqual([200, { db: 'connected' }, new URL(first).host]);
    expect(await (await host.fetch(`${first}/away`)).text()).toBe('second');

    const { context } = await stepContext({ fetch: host.fetch, on: sshd.address });
    expect(await httpCheckAction.execute(context, httpCheckAction.input.parse({ url: `${first}/health`, expect: { db: 'connected' } }))).toMatchObject({ ok: true });
    expect(await httpCheckAction.execute(context, httpCheckAction.input.parse({ url: await nobody(), within: '10ms' }))).toMatchObject({ ok: false, error: { message: expect.stringContaining(`Connection refused, from ${sshd.address}`) as string } });
  });

  test('it goes on after the connection broke', async () => {
    const sshd = await startSshd();
    const first = await web(() => ({ status: 200, body: 'here' }));
    const host = sshHosts(sshd).at(sshd.address);
    expect(await (await host.fetch(first)).text()).toBe('here');
    await sshd.breakConnections();
    // The first request may still be given to the connection that is breaking.
    await host.fetch(first).then((response) => response.text(), () => undefined);
    expect(await (await host.fetch(first)).text()).toBe('here');
  });
});

describe('files', () => {
  async function both(): Promise<readonly (readonly [string, HostFiles])[]> {
    const sshd = await startSshd();
    return [['here', localFiles], ['there', sshHosts(sshd).at(sshd.address).files]];
  }

  test('are read, written whole, looked at and removed there as here', async () => {
    for (const [where, files] of await both()) {
      const folder = await tempFolder("it's a folder");
      const path = join(folder, `-${where} $HOME`);
      expect(await files.readText(path)).toBeUndefined();
      expect(await files.stat(path)).toBeUndefined();
      expect(await files.readText(folder)).toBeUndefined();
      await files.writeText(path, 'größe\n\n', 0o600);
      expect(await files.readText(path)).toBe('größe\n\n');
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      await files.writeText(path, '', 0o644);
      expect([await files.readText(path), (await stat(path)).mode & 0o777]).toEqual(['', 0o644]);
      const before = await files.stat(path);
      expect(before).toMatchObject({ kind: 'file', bytes: 0 });
      await rename(path, `${path}.old`);
      await writeFile(path, 'x');
      expect((await files.stat(path))?.inode).not.toBe(before?.inode);
      expect(await files.stat(folder)).toMatchObject({ kind: 'folder' });
      await mkdir(join(folder, 'real'));
      await symlink(join(folder, 'real'), join(folder, 'link'));
      expect(await files.realPath(join(folder, 'link'))).toBe(join(folder, 'real'));
      await files.remove(path);
      await files.remove(path);
      expect(await files.stat(path)).toBeUndefined();
      expect(await files.findProgram('sh')).toMatch(/\/sh$/);
      expect(await files.findProgram('no-such-program')).toBeUndefined();
      await expect(files.writeText(join(folder, 'no', 'such'), 'x')).rejects.toMatchObject({ name: 'HostError', code: 'file-refused', message: expect.stringMatching(/no such|nonexistent/i) as string });
    }
  });

  test('bytes from an offset on', async () => {
    for (const [, files] of await both()) {
      const path = join(await tempFolder(), 'log');
      await writeFile(path, Buffer.from([0, 1, 2, 255, 10, 13]));
      const chunks: Uint8Array[] = [];
      for await (const chunk of files.readFrom(path, 2)) chunks.push(chunk);
      expect([...Buffer.concat(chunks)]).toEqual([2, 255, 10, 13]);
      await expect((async () => { for await (const chunk of files.readFrom(`${path}.gone`, 0)) chunks.push(chunk); })()).rejects.toMatchObject({ code: 'file-refused' });
    }
  });

  test('logs.scan watches a log there', async () => {
    const sshd = await startSshd();
    const { files } = sshHosts(sshd).at(sshd.address);
    const file = join(await tempFolder(), 'app.log');
    const startedAt = Date.now() - 60_000;
    await writeFile(file, `${new Date(startedAt - 60_000).toISOString()} column "x" does not exist\n${new Date().toISOString()} fine\n`);
    const { context } = await stepContext({ files, startedAt, on: sshd.address });
    const scan = (hold?: string) => logsScanAction.execute(context, logsScanAction.input.parse({ source: { file }, patterns: ['does not exist'], ...(hold === undefined ? {} : { hold }) }));
    expect(await scan()).toMatchObject({ ok: true });
    const watching = logsScanAction.execute({ ...context, pause: () => appendFile(file, `${new Date().toISOString()} column "y" does not exist\n`) }, logsScanAction.input.parse({ source: { file }, patterns: ['does not exist'], hold: '60s' }));
    expect(await watching).toMatchObject({ ok: false, error: { code: 'error-in-log', message: expect.stringContaining('column "y" does not exist') as string } });
  });
});
