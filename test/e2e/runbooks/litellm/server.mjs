// Plays a LiteLLM proxy: its paths, tables and health answers, and what its start does to the database (migrate deploy, then a forced
// difference with its own schema, unless DISABLE_SCHEMA_UPDATE is exactly "True"). A failing release answers 503.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';

const own = JSON.parse(readFileSync('/app/release.json', 'utf8'));
const shipped = '/usr/lib/python3.13/site-packages/litellm_proxy_extras/migrations';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
pool.on('error', () => undefined);
const key = process.env.LITELLM_MASTER_KEY;

async function deploy() {
  await pool.query(`CREATE TABLE IF NOT EXISTS "_prisma_migrations" (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text,
    rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`);
  const { rows } = await pool.query('SELECT migration_name, finished_at, rolled_back_at FROM "_prisma_migrations"');
  if (rows.some((row) => row.finished_at === null && row.rolled_back_at === null)) throw new Error('P3009 migrate found failed migrations in the target database');
  const applied = new Set(rows.filter((row) => row.rolled_back_at === null).map((row) => row.migration_name));
  for (const name of readdirSync(shipped).sort().filter((entry) => !applied.has(entry))) {
    const sql = readFileSync(join(shipped, name, 'migration.sql'), 'utf8');
    await pool.query(`BEGIN; ${sql}; COMMIT`);
    await pool.query('INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, now(), $3, 1)', [randomUUID(), createHash('sha256').update(sql).digest('hex'), name]);
    console.log(`applied ${name}`);
  }
}

/** What the v1 resolver does: everything that its own schema.prisma does not know goes. */
async function forceDifference() {
  const { rows } = await pool.query(`SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name LIKE 'LiteLLM%'`);
  for (const { table_name: table, column_name: column } of rows) {
    const columns = own.schema[table];
    if (columns === undefined) await pool.query(`DROP TABLE IF EXISTS "${table}"`);
    else if (!columns.includes(column)) await pool.query(`ALTER TABLE "${table}" DROP COLUMN "${column}"`);
    if (columns === undefined || !columns.includes(column)) console.log(`forced: ${table}.${column} is gone`);
  }
}

async function complete(body) {
  const id = `chatcmpl-${randomUUID()}`;
  await pool.query(`INSERT INTO "LiteLLM_SpendLogs" (request_id, call_type, spend, "startTime", "endTime", model, end_user) VALUES ($1, 'acompletion', 0.0001, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', $2, $3)`, [id, body.model, body.user ?? '']);
  console.log(`Logged Lago Object for ${id}`);
  return { id, object: 'chat.completion', model: body.model, choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }] };
}

const answer = (response, status, value) => response.writeHead(status, { 'content-type': typeof value === 'string' ? 'text/html' : 'application/json' }).end(typeof value === 'string' ? value : JSON.stringify(value));

async function handle(request, response) {
  const { pathname } = new URL(request.url, 'http://proxy');
  if (pathname === '/health/liveliness' || pathname === '/health/liveness') return answer(response, 200, "I'm alive!");
  if (pathname === '/health/readiness') return answer(response, own.failing ? 503 : 200, { status: own.failing ? 'unhealthy' : 'connected', db: own.failing ? 'Not connected' : 'connected', litellm_version: own.version });
  if (pathname.startsWith('/ui')) return answer(response, 200, await adminPage());
  if (request.headers.authorization !== `Bearer ${key}`) return answer(response, 401, { error: { message: 'Authentication Error', code: '401' } });
  if (pathname === '/v1/models') return answer(response, 200, { object: 'list', data: [{ id: 'small', object: 'model' }] });
  if (pathname !== '/v1/chat/completions' || request.method !== 'POST') return answer(response, 404, {});
  const parts = [];
  for await (const part of request) parts.push(part);
  return answer(response, 200, await complete(JSON.parse(Buffer.concat(parts).toString())));
}

/** Keys and teams, as the admin UI counts them. */
async function adminPage() {
  const { rows: [{ keys, teams }] } = await pool.query('SELECT (SELECT count(*) FROM "LiteLLM_VerificationToken") AS keys, (SELECT count(*) FROM "LiteLLM_TeamTable") AS teams');
  return `<!doctype html><title>LiteLLM Dashboard</title><h1>LiteLLM Dashboard</h1><p id="keys">${keys} keys</p><p id="teams">${teams} teams</p>`;
}

await deploy();
if (process.env.DISABLE_SCHEMA_UPDATE !== 'True') await forceDifference();
const server = createServer((request, response) => { handle(request, response).catch((error) => { console.error(error); answer(response, 500, {}); }); });
server.listen(Number(process.env.PORT ?? 4000), '0.0.0.0', () => { console.log(`LiteLLM ${own.version} is ready`); });
process.on('SIGTERM', () => { process.exit(0); });
