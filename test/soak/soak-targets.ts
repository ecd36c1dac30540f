import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Services } from '../chaos/world/services.js';
import { ALICE, BOB, Target } from '../chaos/world/target.js';

/** How runs of a target end, and what they end as. `proven`: as `verified`, and its backup is restored into a throwaway server. */
export const ends = { verified: 'verified', proven: 'verified', skipped: 'finished-not-verified', rejected: 'rejected', expired: 'expired' } as const;
export type End = keyof typeof ends;

/** How long the votes of a run that nobody votes on count: the least that planb.yaml takes. */
export const expiresMs = 60_000;

/** Every attempt is written into the ledger; `fragile` fails after it where the target says so, and a person skips it. */
const act = `echo "$PLANB_ATTEMPT" >> "$1/ledger"
echo "step $PLANB_STEP of $PLANB_RUN"
[ "$2" != fails ] || exit 1
`;

/** Programs, a database, a log and an HTTP answer: what leaves children, connections, files and sockets when it is not given back. */
function runbook(folder: string, prove: boolean): string {
  const program = JSON.stringify(join(folder, 'act.sh'));
  return `name: Soak
kind: rollback
steps:
  - { id: backup, uses: postgres.backup, with: { database: "\${{ target.database }}", prove: ${String(prove)} }, prepare: true }
  - { id: once, run: [sh, ${program}, "\${{ target.folder }}"], effect: once }
  - { id: fragile, run: [sh, ${program}, "\${{ target.folder }}", "\${{ target.fragile }}"], effect: idempotent }
  - { id: answers, uses: http.check, with: { url: "\${{ target.url }}", status: 200, within: 60s } }
  - { id: log, uses: logs.scan, with: { source: { file: "\${{ target.folder }}/ledger" } } }
`;
}

/** A target of a soak and how its runs end. */
export class SoakTarget extends Target {
  readonly end: End;
  /** Its group in Telegram; undefined: its channel is in Slack. */
  readonly group: number | undefined;

  constructor(nth: number, folder: string, end: End) {
    const id = `t${String(nth)}`;
    super(id, `C${String(nth).padStart(7, '0')}`, join(folder, id));
    this.end = end;
    // Slack lets an app edit 50 messages a minute, and twenty runs want more: every other target is in Telegram, which counts by group.
    this.group = nth % 2 === 0 ? -2_000 - nth : undefined;
  }
}

/** So many targets of each end. */
export function soakTargets(folder: string, counts: Readonly<Record<End, number>>): readonly SoakTarget[] {
  return Object.entries(counts).flatMap(([end, count]) => Array.from({ length: count }, () => end as End)).map((end, nth) => new SoakTarget(nth + 1, folder, end));
}

/** Writes planb.yaml with the targets and makes the database that they back up. `url`: what their service answers at. */
export async function writeSoakTargets(targets: readonly SoakTarget[], folder: string, services: Services, url: string): Promise<void> {
  for (const target of targets) {
    await mkdir(target.folder);
    await writeFile(join(target.folder, 'ledger'), '');
  }
  await writeFile(join(folder, 'act.sh'), act);
  for (const prove of [false, true]) await writeFile(join(folder, `${prove ? 'proven' : 'plain'}.yaml`), runbook(folder, prove));
  const database = await makeDatabase(services.directUrl);
  const channels = targets.map(({ channel, group }) => `  c${channel.slice(1)}: ${group === undefined ? `{ slack: ${channel} }` : `{ telegram: { chat: ${String(group)} } }`}\n`);
  const listed = targets.map(({ id, channel, folder: own, end }) => `  ${id}: { title: ${id}, runbook: ./${end === 'proven' ? 'proven' : 'plain'}.yaml, channel: c${channel.slice(1)}, requesters: [oncall], approval: { people: 2, from: [oncall], expires: ${end === 'expired' ? `${String(expiresMs / 1_000)}s` : '30m'} }, with: ${JSON.stringify({ folder: own, fragile: end === 'skipped' ? 'fails' : 'holds', url, database })} }\n`);
  await writeFile(join(folder, 'planb.yaml'), `people: { alice: { slack: ${ALICE}, telegram: 1001 }, bob: { slack: ${BOB}, telegram: 1002 } }\ngroups: { oncall: [alice, bob] }\nchannels:\n${channels.join('')}targets:\n${listed.join('')}`);
}

/** A few tables of an application. */
async function makeDatabase(adminUrl: string): Promise<string> {
  const url = new URL(adminUrl);
  url.pathname = '/application';
  const run = async (at: string, ...statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: at });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await run(adminUrl, 'CREATE DATABASE application');
  await run(url.href, 'CREATE TABLE orders AS SELECT n AS id, md5(n::text) AS note FROM generate_series(1, 5000) AS n', 'ALTER TABLE orders ADD PRIMARY KEY (id)', 'CREATE TABLE people AS SELECT n AS id FROM generate_series(1, 100) AS n');
  return url.href;
}
