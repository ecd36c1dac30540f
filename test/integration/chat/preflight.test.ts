import { createServer } from 'node:http';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import { defineAction } from '../../../jobs/actions/define-action.js';
import { httpCheckAction } from '../../../jobs/actions/http-check.js';
import { preflightDiskAction } from '../../../jobs/actions/preflight-disk.js';
import { preflightPaperAction } from '../../../jobs/actions/preflight-paper.js';
import { preflightRecordAction } from '../../../jobs/actions/preflight-record.js';
import { createMasker } from '../../../src/secret/mask.js';
import { tempFolder } from '../../support/temp-folder.js';
import { openLook, openPlan, untilBothShow } from './conversation.js';
import { SLACK_OPS, startPlanb } from './planb.js';

async function healthServer(): Promise<string> {
  const server = createServer((_request, response) => { response.end('{"status":"ok"}'); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  onTestFinished(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/health`;
}

test('/rollback preflight records what is good and posts the way back; verify and the next rollback rest on it', async () => {
  const [url, folder] = await Promise.all([healthServer(), tempFolder()]);
  const planb = await startPlanb({
    runbooks: {
      preflight: `
name: Preflight
kind: preflight
params: { to: { type: release } }
steps:
  - { id: record, name: Record what runs, uses: preflight.record, with: { health: ["${url}"], commit: [echo, 0a1b2c3] }, prepare: true }
  - { id: disk, name: Look at the disk, uses: preflight.disk, needs: [], with: { paths: ["${folder}"], free: 1 kB }, prepare: true }
  - { id: paper, name: Post the way back, uses: preflight.paper, needs: [], with: {}, prepare: true }
`,
      verify: `
name: Verify
kind: verify
steps:
  - { id: ready, name: Ask the shop, uses: http.check, with: { url: "${url}" }, prepare: true }
`,
    },
    actions: [defineAction(preflightRecordAction), defineAction(preflightDiskAction), defineAction(preflightPaperAction), defineAction(httpCheckAction)],
    world: {
      fetch: globalThis.fetch,
      runFolder: async (run) => { const path = join(folder, run); await mkdir(path, { recursive: true }); return path; },
      runProgram: createRunProgram(createMasker([])),
    },
  });
  const { workspace, shop, store } = planb;
  shop.running = '1.0.0';

  const preflight = await openLook(planb, '/rollback preflight shop to 1.1.0');
  await untilBothShow(planb, preflight, 'PREFLIGHT PASSED');
  expect(await store.preflightsOf('shop', 5)).toMatchObject([{ run: preflight.run, release: { name: '1.0.0' }, commit: '0a1b2c3', health: [{ url, saw: '200' }] }]);
  const posted = await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).find((one) => one.files.length > 0), { what: 'the way back on paper' });
  expect(posted.threadTs).toBe(preflight.slack.ts);
  const paper = posted.files[0]?.content.toString() ?? '';
  expect(paper).toContain('1.1.0 -> 1.0.0');
  expect(paper).toContain('release 1.0.0');
  expect(paper).toContain('# Written before the change');
  // Nothing of the shop was touched, and what ran is not taken for bad.
  expect(shop.reverted).toEqual([]);
  expect((await store.observedReleases('shop')).some(({ bad }) => bad)).toBe(false);

  const verify = await openLook(planb, '/rollback verify shop');
  await untilBothShow(planb, verify, 'HEALTHY');
  expect(workspace.slack.read(verify.slack)).toMatch(/answers in \d+ ms, baseline \d+ ms/);

  // 0.9.0 ran since, unrecorded: the recorded one is proposed all the same.
  for (const running of ['0.9.0', '1.1.0']) await store.observe('shop', { name: running });
  shop.running = '1.1.0';
  const rollback = await openPlan(planb, '/rollback shop');
  expect(workspace.slack.read(rollback.slack)).toContain('1.1.0 → 1.0.0');
  expect(workspace.slack.read(rollback.slack)).toMatch(/1\.0\.0 is the last known good release, recorded by the preflight of \d+ \p{L}+ \d\d:\d\d UTC/u);
}, 180_000);

test('what is not healthy is not recorded, and the board asks', async () => {
  const planb = await startPlanb({
    runbooks: { preflight: '\nname: Preflight\nkind: preflight\nsteps:\n  - { id: record, name: Record what runs, uses: preflight.record, with: { health: ["http://127.0.0.1:9/health"] }, prepare: true }\n' },
    actions: [defineAction(preflightRecordAction)], world: { fetch: globalThis.fetch },
  });
  const preflight = await openLook(planb, '/rollback preflight shop');
  await untilBothShow(planb, preflight, 'only what is healthy is recorded');
  expect(planb.workspace.slack.buttons(preflight.slack)).toEqual(['Retry', 'Skip', 'Stop', 'Details']);
  expect(await planb.store.preflightsOf('shop', 5)).toEqual([]);
}, 120_000);
