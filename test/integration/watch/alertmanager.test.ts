import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer as createHttpServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { alertmanagerRoute } from '../../../adapters/web/alertmanager.js';
import { startWeb } from '../../../adapters/web/server.js';
import { eventually } from '../../support/eventually.js';
import { tempFolder } from '../../support/temp-folder.js';
import { raised, said, stateOf, watchedShop } from './watched-shop.js';

const token = 'a-hook-token-of-its-own';

/** A port that nobody has; the programs cannot be given port 0 and asked which one they took. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts a program on a free port until the test ends; another port where somebody was faster. */
async function startOnPort(program: string, argsFor: (port: number) => readonly string[], isReady: (port: number) => Promise<boolean>): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const child = spawn(program, argsFor(port), { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => { words = (words + text).slice(-4_000); });
    const exited = once(child, 'exit');
    onTestFinished(async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    });
    const ready = await eventually(async () => (child.exitCode !== null ? 'gone' as const : (await isReady(port).catch(() => false)) && 'ready' as const));
    if (ready === 'ready') return port;
    if (tries === 3) throw new Error(`${program} ended: ${words}`);
  }
}

const answers = (path: string) => async (port: number): Promise<boolean> => (await fetch(`http://127.0.0.1:${String(port)}${path}`)).ok;

test('a real Prometheus and a real Alertmanager fire an alert that becomes a plan with its buttons, and resolve it', async () => {
  const folder = await tempFolder();
  const shop = await watchedShop('{ for: 1h, every: 1s, alerts: [{ match: { alertname: ShopDown, service: shop } }] }');
  const { planb } = shop;
  const web = await startWeb({ port: 0, host: '127.0.0.1', routes: [alertmanagerRoute({ token, accept: (delivery) => planb.store.acceptDelivery(delivery), log: { warn: () => undefined, error: () => undefined } })], log: { error: () => undefined } });
  onTestFinished(() => web.close());
  // What Prometheus scrapes: the shop says whether it is up.
  let up = 1;
  const metrics = createHttpServer((_request, response) => { response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(`shop_up ${String(up)}\n`); }).listen(0, '127.0.0.1');
  await once(metrics, 'listening');
  onTestFinished(() => { metrics.closeAllConnections(); metrics.close(); });
  const scraped = metrics.address();
  if (scraped === null || typeof scraped === 'string') throw new Error('no port');

  await mkdir(join(folder, 'am'));
  await writeFile(join(folder, 'alertmanager.yml'), `
route: { receiver: planb, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers:
  - name: planb
    webhook_configs:
      - url: http://127.0.0.1:${String(web.port)}/hooks/alertmanager
        send_resolved: true
        http_config: { authorization: { type: Bearer, credentials: ${token} } }
`);
  const alertmanager = await startOnPort('prometheus-alertmanager', (port) => [
    `--config.file=${join(folder, 'alertmanager.yml')}`, `--storage.path=${join(folder, 'am')}`, `--web.listen-address=127.0.0.1:${String(port)}`, '--cluster.listen-address=', '--log.level=warn',
  ], answers('/-/ready'));
  await writeFile(join(folder, 'rules.yml'), `
groups:
  - name: shop
    rules:
      - alert: ShopDown
        expr: shop_up == 0
        for: 1s
        labels: { service: shop, severity: critical }
        annotations: { summary: "the shop says that it is down ({{ $value }})" }
`);
  await writeFile(join(folder, 'prometheus.yml'), `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:${String(alertmanager)}"] }] }] }
scrape_configs: [{ job_name: shop, static_configs: [{ targets: ["127.0.0.1:${String(scraped.port)}"] }] }]
`);
  const prometheus = await startOnPort('prometheus', (port) => [
    `--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${String(port)}`, '--log.level=warn',
  ], answers('/-/ready'));
  const read = async (query: string): Promise<string> => (await fetch(`http://127.0.0.1:${String(prometheus)}/api/v1/query?query=${encodeURIComponent(query)}`)).text();
  await eventually(async () => (await read('shop_up')).includes('"1"'));
  expect(await raised(shop)).toEqual([]);

  up = 0;
  const way = await eventually(async () => (await raised(shop))[0], 120_000);
  const state = await eventually(async () => {
    const now = await stateOf(planb, way);
    return now.phase === 'voting' ? now : undefined;
  });
  expect(state).toMatchObject({ kind: 'rollback', raisedBy: { source: 'alert', name: 'ShopDown', watch: shop.run } });
  expect(state.reason).toMatch(/^This is one of the reasons to go back: alert ShopDown: the shop says that it is down \(0\), firing since /);
  const board = await eventually(() => planb.workspace.slack.posted('C0123456').find((one) => {
    const text = planb.workspace.slack.read(one);
    return text.includes(`run ${way}`) && text.includes('0/2');
  }));
  expect(planb.workspace.slack.buttons(board)).toEqual(expect.arrayContaining(['Approve', 'Reject']));

  up = 1;
  await eventually(() => said(planb).some((text) => /Good again after .*: ShopDown/.test(text)), 120_000);
  expect(await raised(shop)).toEqual([way]);
});
