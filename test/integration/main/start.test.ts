import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtPlanb } from '../../support/built-planb.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';

const config = `people:
  alice: { slack: U01ALICE }
  bob: { slack: U02BOB }
groups: { oncall: [alice, bob] }
channels:
  ops: { slack: C0123456 }
targets:
  shop: { runbook: app-compose, channel: ops, requesters: [oncall], with: { project: /srv/shop } }
`;

let folder: string;
let database: TestDatabase;

beforeEach(async () => {
  folder = await tempFolder();
  database = await createDatabase();
});

afterEach(async () => {
  await database.drop();
});

/** Runs the compiled program to its end with an environment of its own. */
async function planb(args: readonly string[], env: Readonly<Record<string, string>>): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [await builtPlanb(), ...args], {
    cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], PLANB_CONFIG: join(folder, 'planb.yaml'), PORT: '0', PLANB_START_SECONDS: '5', ...env },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  await once(child, 'close');
  return { code: child.exitCode, said };
}

/** A port where nobody listens: a free one could be somebody's a moment later. */
const CLOSED_PORT = '1';

describe('starting planb', () => {
  it('waits for a PostgreSQL that is away, says so, and gives up with exit code 1', async () => {
    await writeFile(join(folder, 'planb.yaml'), config);
    const { code, said } = await planb(['up'], { DATABASE_URL: `postgresql://planb:s3cret-word@127.0.0.1:${CLOSED_PORT}/planb`, REDIS_URL: `redis://127.0.0.1:${CLOSED_PORT}` });
    expect(said).toContain('PostgreSQL does not answer yet, trying again');
    expect(said).toContain('PostgreSQL did not answer within 5 s');
    expect(said).not.toContain('s3cret-word');
    expect(code).toBe(1);
  });

  it('does the same for a Redis that is away', async () => {
    await writeFile(join(folder, 'planb.yaml'), config);
    const { code, said } = await planb(['up'], { DATABASE_URL: database.url, REDIS_URL: `redis://127.0.0.1:${CLOSED_PORT}` });
    expect(said).toContain('Redis does not answer yet, trying again');
    expect(said).toContain('Redis did not answer within 5 s');
    expect(code).toBe(1);
  });

  it('names file, line, column and the nearest right word of a wrong planb.yaml, with exit code 2', async () => {
    await writeFile(join(folder, 'planb.yaml'), config.replace('groups:', 'grops:'));
    const { code, said } = await planb(['up'], { DATABASE_URL: database.url });
    expect(said).toMatch(/planb\.yaml:4:1 .*grops.*did you mean.*groups/);
    expect(code).toBe(2);
  });

  it('says what is missing when there is no planb.yaml', async () => {
    const { code, said } = await planb(['up'], { DATABASE_URL: database.url });
    expect(said).toContain('planb init');
    expect(code).toBe(2);
  });

  it('refuses a variable that cannot be used without repeating it', async () => {
    await writeFile(join(folder, 'planb.yaml'), config);
    const { code, said } = await planb(['up'], { DATABASE_URL: 'mysql://root:s3cret-word@db/planb' });
    expect(said).toContain('DATABASE_URL');
    expect(said).not.toContain('s3cret-word');
    expect(code).toBe(2);
  });
});
