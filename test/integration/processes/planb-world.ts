import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SlackMessage } from '../../../demo/workspace/slack/model.js';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';
import { eventually } from '../../support/eventually.js';
import { createPlanbDatabase } from '../../support/planb-database.js';
import { type PlanbProcess, startPlanb } from '../../support/planb-process.js';
import { createRedis } from '../../support/redis.js';
import { tempFolder } from '../../support/temp-folder.js';

export const OPS = 'C0123456';
export const ALICE = 'U01ALICE';
export const BOB = 'U02BOB';
export const CAROL = 'U03CAROL';

/** Appends a line to the ledger, and waits for the gate before or after that; a probe that looks into the ledger. */
const PROGRAMS = {
  'act.mjs': `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const [folder, when] = process.argv.slice(2);
const gate = async () => { writeFileSync(folder + '/waiting', ''); while (!existsSync(folder + '/gate')) await sleep(20); };
if (when === 'before') await gate();
appendFileSync(folder + '/ledger', process.env.PLANB_ATTEMPT + '\\n');
if (when === 'after') await gate();
`,
  'probe.mjs': `import { existsSync } from 'node:fs';
process.exit(existsSync(process.argv[2] + '/ledger') ? 0 : 1);
`,
};

export interface WorldOptions {
  /** When the step waits for {@link PlanbWorld.openGate}: before or after its effect, or never. */
  readonly waits: 'before' | 'after' | 'never';
  readonly probe: boolean;
  /** The target is on this machine. */
  readonly sshd?: { readonly address: string; readonly configFile: string };
}

/** Several planb processes on one PostgreSQL and one Redis, and a target whose only effect is a line in a ledger. */
export interface PlanbWorld {
  readonly workspace: Workspace;
  readonly databaseUrl: string;
  start(service: 'bot' | 'worker'): Promise<PlanbProcess>;
  /** Lets Slack's requests go to this bot from now on. */
  connect(bot: PlanbProcess): void;
  /** Resolves when the step has begun and waits. */
  waiting(): Promise<void>;
  openGate(): Promise<void>;
  /** The ledger's lines. */
  ledger(): Promise<string[]>;
  /** planb's board with that button. */
  boardWith(button: string): SlackMessage | undefined;
}

export async function planbWorld({ waits, probe, sshd }: WorldOptions): Promise<PlanbWorld> {
  const folder = await tempFolder();
  const database = await createPlanbDatabase();
  onTestFinished(() => database.drop());
  const redis = await createRedis();
  const workspace = await startWorkspace();
  onTestFinished(() => workspace.close());
  const target = join(folder, 'target');
  await mkdir(target);
  for (const [name, text] of Object.entries(PROGRAMS)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'runbook.yaml'), `name: A line in a ledger
kind: rollback
steps:
  - id: act
    name: Write into the ledger
    run: [node, ${JSON.stringify(join(folder, 'act.mjs'))}, ${JSON.stringify(target)}, ${waits}]
    effect: once
${probe ? `    probe: [node, ${JSON.stringify(join(folder, 'probe.mjs'))}, ${JSON.stringify(target)}]\n` : ''}  - id: look
    name: Look at the ledger
    uses: logs.scan
    with: { source: { file: ${JSON.stringify(join(target, 'ledger'))} } }
`);
  await writeFile(join(folder, 'planb.yaml'), `${sshd === undefined ? '' : `ssh: { config: ${JSON.stringify(sshd.configFile)} }\n`}people:
  alice: { slack: ${ALICE}, telegram: 1001 }
  bob: { slack: ${BOB}, telegram: 1002 }
  carol: { slack: ${CAROL}, telegram: 1003 }
groups: { oncall: [alice, bob, carol] }
channels:
  ops: { slack: ${OPS}, telegram: { chat: -1001234, topic: 7 } }
targets:
  ledger: { title: Ledger, runbook: ./runbook.yaml, channel: ops, requesters: [oncall]${sshd === undefined ? '' : `, on: "${sshd.address}"`} }
`);
  const env = { ...workspace.env, DATABASE_URL: database.url, REDIS_URL: redis.url, PLANB_CONFIG: join(folder, 'planb.yaml'), PLANB_DATA: join(folder, 'data') };
  return {
    workspace, databaseUrl: database.url,
    start: (service) => startPlanb(service, env),
    connect: (bot) => { workspace.slack.connectTo(`http://127.0.0.1:${String(bot.port)}/slack/events`); },
    waiting: async () => { await eventually(() => existsSync(join(target, 'waiting'))); },
    openGate: () => writeFile(join(target, 'gate'), ''),
    ledger: async () => (await readFile(join(target, 'ledger'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
    boardWith: (button) => workspace.slack.posted(OPS).findLast((message) => workspace.slack.buttons(message).includes(button)),
  };
}
