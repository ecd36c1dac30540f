import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';
import { createPlanbDatabase } from '../planb-database.js';
import { type PlanbProcess, startPlanb } from '../planb-process.js';
import type { TestDatabase } from '../postgres.js';
import { createRedis } from '../redis.js';
import { tempFolder } from '../temp-folder.js';
import type { Generated } from './requests.js';

export const WEBHOOK_SECRET = 'a-secret_of_the_webhook';
export const HOOK_TOKEN = 'token-of-the-alertmanager';

/** A real `planb bot` with every HTTP path, on a heap that a leak would soon fill. */
export interface PlanbSite {
  readonly planb: PlanbProcess;
  readonly database: TestDatabase;
  readonly workspace: Workspace;
  /** The status, or what the connection ended with. */
  send(one: Generated, more: Readonly<Record<string, string>>): Promise<number | 'closed'>;
  /** Bytes as they are; the status that came back, if any. */
  sendBytes(bytes: string): Promise<number | 'closed'>;
  /** Resident memory in MB, and the most that it ever was. */
  memory(): Promise<{ readonly now: number; readonly peak: number }>;
}

/** Longer than planb lets any request take. */
const clientMs = 40_000;

export async function startSite(): Promise<PlanbSite> {
  const [database, redis, workspace, folder] = await Promise.all([createPlanbDatabase(), createRedis(), startWorkspace({ slack: { limits: 'off' }, telegram: { limits: 'off' } }), tempFolder()]);
  onTestFinished(async () => {
    await workspace.close();
    await database.drop();
  });
  await writeFile(join(folder, 'runbook.yaml'), 'name: Back\nkind: rollback\nparams:\n  to: { type: release, required: true }\nsteps:\n  - id: back\n    run: [echo, "${{ params.to }}"]\n');
  await writeFile(join(folder, 'planb.yaml'), `people:
  alice: { slack: U01ALICE, telegram: 1001 }
  bob: { slack: U02BOB, telegram: 1002 }
groups: { oncall: [alice, bob] }
channels:
  ops: { slack: C0123456, telegram: { chat: -1001234, topic: 7 } }
targets:
  shop: { title: Shop, runbook: ./runbook.yaml, channel: ops, requesters: [oncall], releases: [1.1.0, 1.0.0] }
`);
  const planb = await startPlanb('bot', {
    ...workspace.env, DATABASE_URL: database.url, REDIS_URL: redis.url, PLANB_CONFIG: join(folder, 'planb.yaml'), PLANB_DATA: join(folder, 'data'), PLANB_HOOK_TOKEN: HOOK_TOKEN,
    // Nothing is delivered there: this test is the only Telegram.
    TELEGRAM_WEBHOOK_URL: 'http://127.0.0.1:9/telegram/webhook', TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET, NODE_OPTIONS: '--max-old-space-size=192',
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 24 });
  onTestFinished(() => { agent.destroy(); });
  return {
    planb, database, workspace,
    send: (one, more) => send(agent, planb.port, one, more),
    sendBytes: (bytes) => sendBytes(planb.port, bytes),
    memory: async () => {
      const status = await readFile(`/proc/${String(planb.pid)}/status`, 'utf8');
      const megabytes = (field: string): number => Math.round(Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024);
      return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
    },
  };
}

function send(agent: Agent, port: number, one: Generated, more: Readonly<Record<string, string>>, again = true): Promise<number | 'closed'> {
  return new Promise((resolve, reject) => {
    const length = one.framing === 'length' ? { 'content-length': String(one.body.length) } : {};
    const request = httpRequest({ port, host: '127.0.0.1', agent, method: one.method, path: one.path.replaceAll(/[^\x21-\x7e]/g, ''), headers: { ...one.headers, ...more, ...length }, timeout: clientMs });
    request.on('response', (response) => {
      response.resume().on('error', () => undefined);
      resolve(response.statusCode ?? 0);
    });
    request.on('timeout', () => { request.destroy(new Error('planb did not answer')); });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // A connection that planb gave up just when it was taken again.
      if (again && request.reusedSocket && error.code === 'ECONNRESET') resolve(send(agent, port, one, more, false));
      else if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve('closed');
      else reject(error);
    });
    if (one.framing === 'length') request.end(one.body);
    else {
      const pieces = Math.min(5, one.body.length);
      for (let piece = 0; piece < pieces; piece += 1) request.write(one.body.subarray(Math.floor((piece * one.body.length) / pieces), Math.floor(((piece + 1) * one.body.length) / pieces)));
      request.end();
    }
  });
}

function sendBytes(port: number, bytes: string): Promise<number | 'closed'> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    const end = (): void => {
      resolve(said.startsWith('HTTP/1.1 ') ? Number(said.slice(9, 12)) : 'closed');
      socket.destroy();
    };
    socket.on('error', end).on('close', end).on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
      if (said.length > 12) end();
    });
    // Half of a request: who sends no more waits for nothing.
    socket.end(bytes);
  });
}
