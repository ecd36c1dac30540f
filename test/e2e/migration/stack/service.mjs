// Stands in for LiteLLM, as far as a move touches it: liveliness, models, and a request that writes its spend; as `grafana` for Grafana's health.
import { createServer } from 'node:http';
import pg from 'pg';

const { SERVICE, SERVER, ADDRESS, PORT, DATABASE_URL, MASTER_KEY } = process.env;
const pool = DATABASE_URL === undefined ? undefined : new pg.Pool({ connectionString: DATABASE_URL, max: 4 });
// A database that goes away fails a request, not the service.
pool?.on('error', () => undefined);
const say = (text) => { process.stdout.write(`${new Date().toISOString()} INFO ${text}\n`); };

/** The request and what it cost, both or neither. */
async function spend(id) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('INSERT INTO "LiteLLM_SpendLogs" (request_id, spend, "startTime") VALUES ($1, 1, now())', [id]);
    await client.query(`UPDATE "LiteLLM_UserTable" SET spend = spend + 1 WHERE user_id = 'u1'`);
    await client.query('COMMIT');
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function answer(path, authorization) {
  if (SERVICE === 'grafana') return path === '/api/health' ? [200, { database: 'ok', server: SERVER }] : [404, {}];
  if (path === '/health/liveliness') return [200, "I'm alive!"];
  if (authorization !== `Bearer ${MASTER_KEY}`) return [401, { error: 'no key' }];
  if (path === '/v1/models') return [200, { data: [{ id: 'small', object: 'model' }] }];
  const id = /^\/v1\/chat\/completions\?id=(\S+)$/.exec(path)?.[1];
  if (id === undefined) return [404, {}];
  await spend(id);
  return [200, { id, server: SERVER }];
}

const server = createServer((request, response) => {
  answer(request.url, request.headers.authorization).then(([status, body]) => [status, body], (error) => [503, { error: String(error.message) }])
    .then(([status, body]) => { response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body)); });
});
server.listen(Number(PORT), ADDRESS, () => { say(`${SERVICE} of the ${SERVER} server listens`); });
// What was answered is written: requests that are under way come to their end.
process.on('SIGTERM', () => {
  say('stopping');
  server.close(() => { Promise.resolve(pool?.end()).then(() => { process.exit(0); }); });
});
