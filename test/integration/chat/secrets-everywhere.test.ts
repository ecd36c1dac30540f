import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import { renderRunPage } from '../../../adapters/web/run-page/page.js';
import { defineAction } from '../../../jobs/actions/define-action.js';
import { runAction } from '../../../jobs/actions/run.js';
import { readReport } from '../../../jobs/report-file.js';
import { readRunPage, runPageAddress } from '../../../jobs/run-page.js';
import { hidingReader, makeMasker } from '../../../src/configured-secrets.js';
import { redisUrl } from '../../support/redis.js';
import { tempFolder } from '../../support/temp-folder.js';
import { ask, openLook } from './conversation.js';
import { ALICE, SLACK_OPS, startPlanb } from './planb.js';

const secret = 'c0rrect-h0rse/b@ttery+staple';
const forms: readonly string[] = [secret, Buffer.from(secret).toString('base64').slice(0, -4), Buffer.from(secret).toString('hex'), encodeURIComponent(secret)];

/** Prints its secret in pieces, to both streams, in every form, and as its last word; and the names of what else it was given. */
const program = `const { TOKEN } = process.env;
const forms = [TOKEN, Buffer.from(TOKEN).toString('base64'), Buffer.from(TOKEN).toString('hex'), encodeURIComponent(TOKEN), '\\u001b[31m' + TOKEN + '\\u001b[0m'];
const wait = () => new Promise((done) => setTimeout(done, 5));
(async () => {
  console.log('variables: ' + Object.keys(process.env).sort().join(' '));
  for (const [index, form] of forms.entries()) {
    const stream = index % 2 === 0 ? process.stdout : process.stderr;
    for (let at = 0; at < form.length; at += 5) { stream.write(form.slice(at, at + 5)); await wait(); }
    stream.write('\\n');
  }
  console.error('refused: ' + TOKEN);
  process.exitCode = 3;
})();
`;

/** Every value in this worker's Redis, as text. */
async function readRedis(): Promise<string> {
  const redis = new Redis(redisUrl());
  try {
    const parts: string[] = [];
    for (const key of await redis.keys('*')) {
      const type = await redis.type(key);
      const value: unknown = type === 'hash' ? await redis.hgetall(key) : type === 'list' ? await redis.lrange(key, 0, -1) : type === 'zset' ? await redis.zrange(key, '0', '-1') : type === 'set' ? await redis.smembers(key) : type === 'stream' ? await redis.xrange(key, '-', '+') : await redis.get(key);
      parts.push(key, JSON.stringify(value));
    }
    return parts.join('\n');
  } finally {
    redis.disconnect();
  }
}

async function readFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return (await Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))).join('\n');
}

test('a secret that a step prints in pieces is in no table, key, log, page, report, file or message', async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, 'print.cjs'), program);
  process.env['PLANB_TEST_OWN_SECRET'] = 'not-for-children';
  onTestFinished(() => { delete process.env['PLANB_TEST_OWN_SECRET']; });
  const masker = makeMasker([]);
  const read = hidingReader({ env: (name) => (name === 'TOKEN' ? secret : undefined), file: () => undefined }, masker);
  const runs = join(folder, 'runs');
  await mkdir(runs);
  const planb = await startPlanb({
    runbooks: { verify: `name: Print\nkind: verify\nsteps:\n  - { id: print, name: Print it, run: [node, ${JSON.stringify(join(folder, 'print.cjs'))}], effect: read, env: { TOKEN: "\${env:TOKEN}" }, prepare: true }\n` },
    actions: [defineAction(runAction)],
    world: { runProgram: createRunProgram(masker), references: read, mask: (text) => masker.mask(text), runFolder: () => Promise.resolve(runs), cacheFolder: () => Promise.resolve(runs) },
  });
  const { workspace, database, store } = planb;
  const boards = await openLook(planb, '/rollback verify shop');
  // Which of the two streams is read last is not certain; the last line of either holds the secret.
  await workspace.waitFor(() => workspace.slack.read(boards.slack).includes('***TOKEN***') && workspace.telegram.message(boards.telegram.chatId, boards.telegram.id).text.includes('***TOKEN***'), { what: 'the failure on both boards' });
  await workspace.slack.click(ALICE.slack, boards.slack, 'Details');
  await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).some((one) => one.threadTs === boards.slack.ts), { what: 'the details in the thread' });
  await ask(planb, ALICE.slack, `/rollback status ${boards.run}`);

  const config = { ...planb.config, publicUrl: 'http://planb.example' };
  const key = new URL((await runPageAddress({ store, config }, boards.run)) ?? '').searchParams.get('key') ?? '';
  const content = await readRunPage({ store, config }, boards.run, key);
  if (content === undefined) throw new Error('the run has no page');
  const page = renderRunPage({ board: content.board, timeline: [], sections: content.details.sections, madeAt: new Date(content.now).toISOString(), live: content.live }, (person) => person);
  const tables = (await database.pool.query<{ name: string }>(`SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`)).rows.map(({ name }) => name);
  const rows = await Promise.all(tables.map(async (name) => (await database.pool.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`)).rows.map(({ row }) => row).join('\n')));
  const places: Readonly<Record<string, string>> = {
    PostgreSQL: rows.join('\n'), Redis: await readRedis(), log: JSON.stringify(planb.log), page, report: (await readReport({ store, config }, boards.run))?.text ?? '', files: await readFolder(runs),
    Slack: JSON.stringify(workspace.slack.store.messages), Telegram: JSON.stringify(workspace.telegram.store.messages), said: workspace.transcript(),
  };
  for (const [place, text] of Object.entries(places)) {
    for (const form of forms) expect(text.includes(form), `${place} has ${form}`).toBe(false);
    expect(text.includes('not-for-children') || text.includes('PLANB_TEST_OWN_SECRET'), place).toBe(false);
  }
  // It was there to be found: masked, it is in all that shows what a step said.
  for (const place of ['PostgreSQL', 'page', 'Slack', 'Telegram', 'said']) expect(places[place], place).toContain('***TOKEN***');
  expect(places['PostgreSQL']).toMatch(/variables: (?:(?:HOME|LANG|LC_ALL|PATH|TMPDIR|TZ|TOKEN|PLANB_RUN|PLANB_STEP|PLANB_ATTEMPT)[ )"\n]*)+/);
});
