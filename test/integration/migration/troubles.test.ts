import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { fakeCompose } from '../../support/fake-compose.js';
import { sshHosts, startSshd } from '../../support/ssh/sshd.js';
import { tempFolder } from '../../support/temp-folder.js';
import { type CutOff, cutOff } from './cut-off.js';
import { MovingShop, NEW, OLD, patienceMs } from './moving-shop.js';

// Each is a whole move and its trouble, on machines with much else to do.
vi.setConfig({ testTimeout: 10 * 60_000 });

const done = { ok: true, receipt: {} } as const;
const hoursLater = { run: 'rollback', params: { scenario: 'hours-later' } } as const;

test('a resolver that keeps the old answer: who it is and until when, Retry asks again, and DNS is switched once', async () => {
  const shop = await MovingShop.start();
  const run = await shop.move();
  const { text, buttons } = await shop.boardSaying(run, 'Wait until everybody answers the new address: needs Alice or Bob');
  expect(text).toMatch(new RegExp(`not everywhere after 100 ms: ${shop.resolver.address} answers ${OLD} for shop\\.example\\.org A until \\d\\d:\\d\\d:\\d\\d UTC`));
  expect(text).toMatch(/Retry\s+looks again; changes nothing/);
  expect(text).toMatch(/Skip\s+goes on unchecked; the run cannot end verified/);
  expect(text).toMatch(/Stop\s+ends here, and the way back is planned at once: where DNS has not moved it starts the old server by itself, else people vote on it/);
  expect(buttons).toEqual(['Retry', 'Skip', 'Stop', 'Details']);
  // It keeps it on: the same question again.
  await shop.answer(run, 'retry');
  await shop.until(run, ({ steps }) => steps.some(({ id, status, attempt }) => id === 'wait' && status === 'failed' && attempt === 2));
  shop.resolver.now([NEW], 2);
  await shop.answer(run, 'retry');
  expect(await shop.ended(run)).toMatchObject({ outcome: 'verified' });
  expect(shop.switchedTo(NEW)).toBe(1);
  expect(new Set(shop.acted(run)).size).toBe(shop.acted(run).length);
});

test('a DNS server that refuses, in Russian: nothing was changed, and Stop brings the old server back by itself', async () => {
  const shop = await MovingShop.start({ locale: 'ru' });
  shop.target.on('start-new', () => {
    shop.dnsKey.name = 'reader';
    return done;
  });
  const run = await shop.move();
  const { text, buttons } = await shop.boardSaying(run, 'Move the names: нужен ответ: Alice или Bob');
  expect(text).toMatch(/Ошибка\s+127\.0\.0\.1:\d+, zone example\.org: the server refuses: this key may not change these records; nothing was changed/);
  expect(text).toMatch(/ИЗМЕНЕНО\s+Stop what writes to the new database, Stop what writes to the old database, Restore the backup on the new server, Start the new server\n/);
  expect(text).toMatch(/Повторить\s+выполнит ещё раз; повторять безопасно/);
  expect(text).toMatch(/Пропустить\s+пойдёт дальше без шага; итог не будет «проверено»/);
  expect(text).toMatch(/Остановить\s+закончит здесь и сразу составит план отката: если DNS не переключён, он сам запустит старый сервер, иначе за него голосуют/);
  expect(buttons).toEqual(['Повторить', 'Пропустить', 'Остановить', 'Подробности']);
  const before = shop.target.acted.length;
  await shop.answer(run, 'stop');
  expect(await shop.ended(run)).toMatchObject({ outcome: 'stopped' });
  const { outcome } = await eventually(() => shop.planb.store.deliveryOutcome(`planb:way-back:${run}`), patienceMs);
  const back = await shop.ended(outcome.replace('run ', ''));
  expect(back).toMatchObject({ outcome: 'verified', approvers: [], plan: { verdict: { scenario: { kind: 'before-switch' } } } });
  expect((await shop.boardSaying(back.id, 'ОТКАТ СДЕЛАН')).buttons).toEqual([]);
  // Nothing but the old server's start, a look at it, and a word.
  expect(shop.target.acted.slice(before).map((attempt) => attempt.split('/')[1])).toEqual(['resume', 'resumed', 'report']);
  expect(await shop.zone.values('shop.example.org')).toEqual([OLD]);
});

test('an ssh host that vanishes while a service is stopped there: planb does not guess, and goes on once somebody says so', async () => {
  const docker = await fakeCompose(['web']);
  const [bin, path] = [await tempFolder('planb-bin'), process.env['PATH'] ?? ''];
  const [hangs, hanging] = [join(bin, 'hangs'), join(bin, 'hanging')];
  await mkdir(bin, { recursive: true });
  // It stops the service, and then does not come back while the file is there.
  await writeFile(join(bin, 'docker'), `#!/bin/sh\n"${path.split(delimiter)[0] ?? ''}/docker" "$@" || exit $?\ncase " $* " in *" stop "*) while [ -e "${hangs}" ]; do : > "${hanging}"; sleep 0.1; done;; esac\n`, { mode: 0o755 });
  const sshd = await startSshd([`SetEnv PATH=${bin}${delimiter}${path}`]);
  const shop = await MovingShop.start({ with: { oldHost: sshd.address, oldProject: docker.project }, hosts: sshHosts(sshd), realAt: { 'compose.services': docker.project } });
  shop.target.on('new-lives', () => {
    shop.resolver.now([NEW], 2);
    return done;
  });
  await writeFile(hangs, '');
  onTestFinished(() => rm(hangs, { force: true }));
  const run = await shop.move();
  await eventually(() => existsSync(hanging), patienceMs);
  await sshd.stop();
  const { text, buttons } = await shop.boardSaying(run, 'Stop what writes to the old database: needs Alice or Bob');
  expect(text).toContain(`whether the step still runs on ${sshd.address} is not known: ${sshd.address} cannot be reached: Connection refused. Look there before you choose`);
  expect(text).toMatch(/CHANGED\s+Stop what writes to the new database; perhaps in part: Stop what writes to the old database/);
  expect(text).toMatch(/It was done\s+counts as done and goes on; choose it only if you have seen it yourself/);
  expect(text).toMatch(/Retry\s+runs it again; safe to repeat/);
  expect(buttons).toEqual(['It was done', 'Retry', 'Stop', 'Details']);
  const acted = shop.acted(run);
  // Still away: no more is known, and nothing was done.
  await shop.answer(run, 'retry');
  await shop.until(run, ({ steps }) => steps.some(({ id, status, attempt }) => id === 'stop-old' && (status === 'unknown' || status === 'failed') && attempt === 2));
  expect(shop.acted(run)).toEqual(acted);
  expect((await docker.deeds()).filter((deed) => deed.endsWith(' stop web'))).toHaveLength(1);

  await rm(hangs);
  await sshd.start();
  await shop.answer(run, 'retry');
  expect(await shop.ended(run)).toMatchObject({ outcome: 'verified' });
  expect((await docker.read()).containers).toMatchObject([{ service: 'web', status: 'exited' }]);
  expect(new Set(shop.acted(run)).size).toBe(shop.acted(run).length);
});

test('a new server that is unreachable when its data is to be counted: nothing is stopped, people choose, and its rows come over once', async () => {
  const line: { cut?: CutOff } = {};
  const shop = await MovingShop.start({ newUrl: async (url) => (line.cut = await cutOff(url)).url });
  const { databases, target } = shop;
  target.on('start-new', async () => {
    await databases.onNew("INSERT INTO orders VALUES (2, 'on the new server')");
    return done;
  });
  target.on('new-lives', () => {
    shop.resolver.now([NEW], 2);
    return done;
  });
  expect(await shop.ended(await shop.move())).toMatchObject({ outcome: 'verified' });
  shop.resolver.now([OLD], 2);

  // Away while it is planned: a question before anything is voted on.
  line.cut?.away();
  const asked = await shop.ask(hoursLater);
  const question = await shop.boardSaying(asked, 'NO PLAN');
  expect(question.text).toMatch(/What the new server wrote since the switch cannot be counted: .* Retry once it answers, or go back without its data\./);
  expect(question.text).toContain('Nothing was touched');
  expect(question.buttons).toEqual(['Accept the loss', 'Plan again']);
  line.cut?.back();
  const back = await shop.press(asked, 'plan-again');
  const planned = await shop.until(back, ({ phase }) => phase === 'voting');
  expect(planned.plan?.verdict).toMatchObject({ scenario: { kind: 'hours-later' }, reasons: expect.arrayContaining([expect.objectContaining({ text: 'The new server wrote 1 row (orders 1) since' })]) as unknown });

  // Away again when the votes are there: it does not start, says why, and starts by itself once it can be read.
  line.cut?.away();
  await shop.approve(back);
  const { text, buttons } = await shop.boardSaying(back, "the new server's database does not answer");
  expect(text).toContain('so what it wrote since the switch can be neither counted nor carried');
  expect(buttons).toEqual(['Reject', 'Details']);
  expect(shop.acted(back)).toEqual([]);
  expect(await shop.zone.values('shop.example.org')).toEqual([NEW]);
  line.cut?.back();
  expect(await shop.ended(back)).toMatchObject({ outcome: 'verified' });
  expect(await databases.onOld('SELECT * FROM orders ORDER BY id')).toEqual([{ id: 1, what: 'tea' }, { id: 2, what: 'on the new server' }]);
  expect(await shop.zone.values('shop.example.org')).toEqual([OLD]);
});
