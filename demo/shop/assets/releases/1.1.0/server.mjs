/**
 * shop 1.1.0: coupons, and one account an e-mail address. New here, and the mistake of this release: a migration that fails no
 * longer keeps the shop closed, so it opens on a database that lacks a column which its queries name.
 */
import { createServer } from 'node:http';
import { deploy } from './migrator/migrate.mjs';
import { createStore } from './store.mjs';

const VERSION = '1.1.0';
const COUPON_REPORT_MS = 2_000;
const { DATABASE_URL, PORT = '8080', HOST = '127.0.0.1' } = process.env;

function log(level, msg, more = {}) {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, version: VERSION, msg, ...more })}\n`);
}

async function readJson(request) {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > 65_536) throw Object.assign(new Error('the body is larger than 64 KiB'), { status: 413 });
  }
  try {
    return JSON.parse(body);
  } catch {
    throw Object.assign(new Error('the body is not JSON'), { status: 400 });
  }
}

async function health(store) {
  try {
    await store.check();
    return [200, { status: 'ok', version: VERSION, db: 'connected' }];
  } catch (error) {
    log('error', `health: ${error.message}`);
    return [503, { status: 'unavailable', version: VERSION, db: 'failing', reason: error.message }];
  }
}

async function answer(request, store) {
  const { pathname } = new URL(request.url ?? '/', 'http://shop');
  switch (`${request.method} ${pathname}`) {
    case 'GET /health':
      return health(store);
    case 'GET /version':
      return [200, { version: VERSION }];
    case 'GET /products':
      return [200, { products: await store.listProducts() }];
    case 'GET /orders':
      return [200, { orders: await store.listOrders() }];
    case 'POST /checkout':
      return [201, { order: await store.checkout(await readJson(request)) }];
    default:
      return [404, { error: `no such page: ${pathname}` }];
  }
}

async function start() {
  if (!DATABASE_URL) throw new Error('DATABASE_URL is not set');
  await deploy(DATABASE_URL).then(
    (applied) => log('info', applied.length === 0 ? 'the database is up to date' : `applied ${applied.join(', ')}`),
    (error) => log('error', `${error.code ? `${error.code}: ` : ''}${error.message}`),
  );

  const store = createStore(DATABASE_URL, (error) => log('error', `database: ${error.message}`));
  const server = createServer((request, response) => {
    answer(request, store)
      .catch((error) => {
        if (error.status === undefined) log('error', `${request.method} ${request.url}: ${error.message}`);
        return [error.status ?? 500, { error: error.message }];
      })
      .then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(`${JSON.stringify(body)}\n`);
      });
  });
  const report = setInterval(() => {
    store.countCouponsUsed().catch((error) => log('error', `coupon report: ${error.message}`));
  }, COUPON_REPORT_MS);
  const stop = (signal) => {
    log('info', `${signal}: stopping`);
    clearInterval(report);
    server.close();
    server.closeAllConnections();
    store.close().finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  server.once('error', (error) => {
    log('fatal', error.message);
    process.exit(1);
  });
  server.listen(Number(PORT), HOST, () => log('info', `listening on ${HOST}:${PORT}`));
}

start().catch((error) => {
  log('fatal', `${error.code ? `${error.code}: ` : ''}${error.message}`);
  process.exitCode = 1;
});
