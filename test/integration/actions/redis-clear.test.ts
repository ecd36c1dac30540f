import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import type { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';

import { findFreePort } from '../../../adapters/embedded/free-port.js';
import { redisClearAction } from '../../../jobs/actions/redis-clear.js';
import type { Fact } from '../../../src/plan/plan.js';
import { makeCertificate, startCluster, startOwnRedis } from '../../support/redis-server.js';
import { stepContext } from './step-context.js';

const password = 'p@ss/w:rd?4';
const input = (raw: object) => redisClearAction.input.parse(raw);

async function clear(raw: object): Promise<string> {
  const { context, log, progress } = await stepContext({}, [password]);
  const result = await redisClearAction.execute(context, input(raw));
  const says = result.ok ? `ok: ${JSON.stringify(result.receipt)}` : `${result.error.code}: ${result.error.message}`;
  expect(JSON.stringify([result, log, progress])).not.toContain(password);
  expect(says).not.toContain('\n');
  return says;
}

async function facts(raw: object): Promise<readonly Fact[]> {
  const { context } = await stepContext({}, [password]);
  return (await redisClearAction.inspect?.(context, input(raw))) ?? [];
}

async function fill(client: Redis, keys: number): Promise<void> {
  const pipeline = client.pipeline();
  for (let nth = 0; nth < keys; nth += 1) pipeline.set(`litellm:${nth}`, 'x');
  pipeline.hset('litellm:hash', 'a', 'b').set('session:1', 'keep').set('litellm', 'keep');
  await pipeline.exec();
}

describe('redis.clear', () => {
  it('clears what matches, in many batches, and nothing else', async () => {
    const { client, url, port } = await startOwnRedis();
    await fill(client, 3_000);
    const given = { url, pattern: 'litellm:*' };
    const [fact] = await facts(given);
    expect(fact).toMatchObject({ kind: 'measured', value: { complete: true } });
    const described = redisClearAction.describe(input({ ...given, url: '${env:REDIS_URL}' }), { facts: fact === undefined ? [] : [fact] });
    expect(described).toMatchObject({ effect: 'idempotent', destructive: false, lost: ['about 3,001 cached keys matching litellm:*'] });
    expect(described.commands[0]).toBe(`redis-cli -u "\${REDIS_URL}" --scan --pattern 'litellm:*' | xargs -r -d '\\n' -n 500 redis-cli -u "\${REDIS_URL}" UNLINK   # about 3,001 now`);
    expect(await clear(given)).toBe(`ok: {"cleared":3001,"what":"litellm:*","place":"127.0.0.1:${port}/0"}`);
    expect((await client.keys('*')).sort()).toEqual(['litellm', 'session:1']);
    expect(await clear(given)).toContain('"cleared":0');
    expect(redisClearAction.describe(input(given), { facts: await facts(given) })).not.toHaveProperty('lost');
  });

  it('clears keys that are not text', async () => {
    const { client, url } = await startOwnRedis();
    await client.set(Buffer.from([0x61, 0x3a, 0xff, 0xfe]), 'x');
    expect(await clear({ url, pattern: 'a:*' })).toContain('"cleared":1');
    expect(await client.dbsize()).toBe(0);
  });

  it('stays in its own database, which the address or `db` names', async () => {
    const { client, url } = await startOwnRedis();
    await client.set('a:0', 'x');
    await client.select(3);
    await client.set('a:3', 'x');
    expect(await clear({ url: `${url}/3`, pattern: 'a:*' })).toContain('"cleared":1');
    await client.set('a:3', 'x');
    expect(await clear({ url, db: 3, everything: 'database' })).toContain('"cleared":1,"what":"the whole database"');
    await client.select(0);
    expect(await client.keys('*')).toEqual(['a:0']);
    expect(await clear({ url, everything: 'server' })).toContain('"cleared":1,"what":"all databases"');
    expect(await client.dbsize()).toBe(0);
    expect(await clear({ url, db: 99, pattern: 'a:*' })).toMatch(/^redis-failed: 127\.0\.0\.1:\d+\/99: ERR DB index is out of range$/);
  });

  it('clears every master of a cluster, whichever of them it is told', async () => {
    const nodes = await startCluster(2);
    const [first, second] = nodes;
    if (first === undefined || second === undefined) throw new Error('no cluster');
    for (let nth = 0; nth < 200; nth += 1) {
      await first.client.set(`litellm:${nth}`, 'x').catch(() => second.client.set(`litellm:${nth}`, 'x'));
    }
    expect(await second.client.dbsize()).toBeGreaterThan(20);
    expect(await facts({ url: second.url, pattern: 'litellm:*' })).toMatchObject([{ value: { keys: 200, complete: true } }]);
    expect(await clear({ url: second.url, pattern: 'litellm:*' })).toContain('"cleared":200,');
    expect([await first.client.dbsize(), await second.client.dbsize()]).toEqual([0, 0]);
    await second.client.set('litellm:0', 'x').catch(() => first.client.set('litellm:0', 'x'));
    expect(await clear({ url: first.url, everything: 'server' })).toContain('"cleared":1,');
  });

  it('knows by name and password, and says when Redis does not', async () => {
    const { client, port } = await startOwnRedis();
    await client.call('ACL', 'SETUSER', 'planb', 'on', `>${password}`, '~litellm:*', '+info', '+ping', '+scan', '+unlink', '+select');
    await client.config('SET', 'requirepass', 'another one');
    await client.call('AUTH', 'another one');
    await fill(client, 3);
    const address = `redis://planb:${encodeURIComponent(password)}@127.0.0.1:${port}`;
    expect(await clear({ url: address, pattern: 'litellm:*' })).toContain('"cleared":4');
    expect(await clear({ url: `redis://127.0.0.1:${port}`, username: 'planb', password, pattern: 'litellm:*' })).toContain('"cleared":0');
    expect(await clear({ url: address, pattern: 'session:*' })).toMatch(/^redis-failed: 127\.0\.0\.1:\d+\/0: NOPERM /);
    expect(await clear({ url: `redis://planb:wrong-one@127.0.0.1:${port}`, pattern: 'a:*' })).toMatch(/^redis-failed: 127\.0\.0\.1:\d+\/0: WRONGPASS invalid username-password pair/);
    expect(await clear({ url: `redis://127.0.0.1:${port}`, pattern: 'a:*' })).toMatch(/^redis-failed: 127\.0\.0\.1:\d+\/0: NOAUTH Authentication required/);
  });

  it('speaks TLS with an authority of its own, and refuses one that it does not know', async () => {
    const { cert, key } = await makeCertificate();
    const { client, port } = await startOwnRedis();
    const made = await makeTls(client, cert, key);
    await client.set('a:1', 'x');
    const url = `rediss://127.0.0.1:${made}`;
    expect(await clear({ url, pattern: 'a:*', tls: { ca: await readFile(cert, 'utf8') } })).toContain('"cleared":1');
    expect(await clear({ url, pattern: 'a:*' })).toMatch(/^redis-failed: 127\.0\.0\.1:\d+\/0: self-signed certificate/);
    expect(await clear({ url: `redis://127.0.0.1:${port}`, tls: {}, pattern: 'a:*' })).toMatch(/^redis-failed: 127\.0\.0\.1:\d+\/0: \S/);
  });

  it('refuses a replica, and what is not there, and what is not Redis', async () => {
    const master = await startOwnRedis();
    const replica = await startOwnRedis(['--replicaof', '127.0.0.1', String(master.port)]);
    expect(await clear({ url: replica.url, pattern: 'a:*' })).toMatch(/^redis-replica: .* is a replica, which takes no changes: name its master$/);
    expect(await clear({ url: 'redis://127.0.0.1:1', pattern: 'a:*' })).toBe('redis-failed: 127.0.0.1:1/0: connect ECONNREFUSED 127.0.0.1:1');
    expect(await clear({ url: 'localhost:6379', pattern: 'a:*' })).toBe('bad-redis-url: the address of Redis is none: it has the form redis://user:password@host:6379/0');
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    expect(await clear({ url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, pattern: 'a:*' })).toMatch(/^redis-failed: 127\.0\.0\.1:\d+\/0: what answers there is not Redis$/);
    const away = input({ url: 'redis://127.0.0.1:1', pattern: 'a:*' });
    const described = redisClearAction.describe(away, { facts: await facts({ url: 'redis://127.0.0.1:1', pattern: 'a:*' }) });
    expect(described.lost).toEqual(['cached keys matching a:*, which could not be counted']);
    expect(described.commands[0]).toContain('# could not be counted: 127.0.0.1:1/0: connect ECONNREFUSED');
  });

  it('tells after a crash whether the keys are gone', async () => {
    const { client, url } = await startOwnRedis();
    await client.set('a:1', 'x');
    const { context } = await stepContext();
    const probe = async (at: string) => redisClearAction.probe?.(context, input({ url: at, pattern: 'a:*' }), undefined);
    expect(await probe(url)).toEqual({ outcome: 'absent', saw: 'about 1 keys of a:* are there' });
    await client.del('a:1');
    expect(await probe(url)).toMatchObject({ outcome: 'happened', receipt: { left: 0 }, saw: 'no key of a:* is there' });
    expect(await probe('redis://127.0.0.1:1')).toMatchObject({ outcome: 'unclear' });
  });

  it('stops between two batches', async () => {
    const { client, url } = await startOwnRedis();
    await fill(client, 2_000);
    const stop = new AbortController();
    const { context } = await stepContext({ signal: stop.signal, progress: () => stop.abort(new Error('stopped')) });
    await expect(redisClearAction.execute(context, input({ url, pattern: 'litellm:*' }))).rejects.toThrow('stopped');
    const left = await client.dbsize();
    expect(left).toBeGreaterThan(1_000);
    expect(left).toBeLessThan(2_003);
  });

  it.each([
    [{ pattern: '*' }, 'that is everything: write everything: database instead'],
    [{ pattern: '**?[a-z]' }, 'that is everything: write everything: database instead'],
    [{}, 'say which keys: either pattern, or everything: database (or server)'],
    [{ pattern: 'a:*', everything: 'database' }, 'say which keys: either pattern, or everything: database (or server)'],
    [{ everything: true }, 'Invalid option: expected one of "database"|"server"'],
  ])('%j is refused: %s', (raw, message) => {
    expect(redisClearAction.input.safeParse({ url: 'redis://h', ...raw }).error?.issues[0]?.message).toBe(message);
  });

  it('is destructive where more than a cache goes', () => {
    expect(redisClearAction.describe(input({ url: '${env:R}', everything: 'server' }), { facts: [] })).toMatchObject({ destructive: true, commands: ['redis-cli -u "${R}" FLUSHALL ASYNC   # could not be counted'] });
    expect(redisClearAction.describe(input({ url: '${env:R}', pattern: 'a:*', holdsData: true }), { facts: [] })).toMatchObject({ destructive: true, lost: ['keys matching a:*, which could not be counted'] });
  });
});

/** Turns a second port with TLS on; clients need no certificate of their own. */
async function makeTls(client: Redis, cert: string, key: string): Promise<number> {
  const port = await findFreePort();
  await client.call('CONFIG', 'SET', 'tls-cert-file', cert, 'tls-key-file', key, 'tls-ca-cert-file', cert, 'tls-auth-clients', 'no', 'tls-port', String(port));
  return port;
}
