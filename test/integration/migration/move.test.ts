import { expect, test } from 'vitest';
import { boardView } from '../../../jobs/board-view.js';
import type { RegisteredAction } from '../../../jobs/actions/define-action.js';
import { buildBoard } from '../../../src/board/build.js';
import type { SeenWrites } from '../../../src/migration/scenario.js';
import type { Fact, JsonObject } from '../../../src/plan/plan.js';
import type { StepResult } from '../../../src/ports/action.js';
import type { RunState } from '../../../src/run/state.js';
import { boardText } from '../../support/board-text.js';
import { eventually } from '../../support/eventually.js';
import { query } from '../../support/one-command.js';
import { failing } from '../jobs/fake-actions.js';
import { startPlanb, type Planb } from '../jobs/planb.js';
import { textOf } from '../runbooks/built-in-runs.js';
import { pretendingActions } from '../runbooks/pretending-actions.js';
import { situations } from '../runbooks/situations.js';

const hour = 3_600_000;
const settings = situations['server-return']?.[0]?.with ?? {};
const wrote = (rows: number): SeenWrites => ({ counted: true, rows, about: false, tables: rows === 0 ? [] : [{ table: 'LiteLLM_SpendLogs', rows }], untold: [] });

/** Two servers that only pretend: DNS follows what `dns.switch` did, and the rest of what is read is given. */
class Servers {
  leads: 'old' | 'new' = 'old';
  newWrites: SeenWrites = wrote(7);
  readonly planb: Planb;

  private constructor(planb: Planb) {
    this.planb = planb;
  }

  static async start(): Promise<Servers> {
    const seen: { servers?: Servers } = {};
    const { planb } = await startPlanb('', {
      whole: {
        text: textOf('app-compose-verify'), with: settings, others: { migration: textOf('server-migration'), return: textOf('server-return') },
        actions: (target) => new Map([...pretendingActions(target, {})].map(([name, action]) => [name, seeing(name, action, () => seen.servers)])),
      },
    });
    const servers = new Servers(planb);
    seen.servers = servers;
    servers.switchedAgo(0);
    return servers;
  }

  /** From now on a switch says that it was so long ago. */
  switchedAgo(ms: number): void {
    const turn = (leads: 'old' | 'new') => (): StepResult => {
      this.leads = leads;
      return { ok: true, receipt: { changed: 1, switchedAt: new Date(Date.now() - ms).toISOString() } };
    };
    for (const id of ['switch', 'switch-first']) this.planb.target.on(id, turn('new'));
    for (const id of ['dns', 'dns-first']) this.planb.target.on(id, turn('old'));
  }

  async migrate(): Promise<string> {
    const run = (await this.planb.say('alice', { kind: 'request', run: 'migration', target: 'shop' })).replace('run ', '');
    await this.planb.until(run, ({ phase }) => phase === 'voting');
    await this.approve(run);
    await this.planb.untilStep(run, 'here', 'awaiting');
    return run;
  }

  async approve(run: string): Promise<void> {
    await this.planb.vote('alice', run);
    await this.planb.vote('bob', run);
  }

  async gather(run: string): Promise<void> {
    await this.planb.answer('alice', run, 'here');
    await this.planb.answer('bob', run, 'here');
  }

  ended(run: string): Promise<RunState> {
    return this.planb.until(run, ({ phase }) => phase === 'ended');
  }

  /** `/rollback shop`, and what came of its planning. */
  async takeBack(params?: Readonly<Record<string, string>>): Promise<RunState> {
    const outcome = await this.planb.say('alice', { kind: 'request', run: 'rollback', target: 'shop', ...(params === undefined ? {} : { params }) });
    return this.planb.until(outcome.replace('run ', ''), ({ phase }) => phase !== 'planning');
  }

  async board(state: RunState): Promise<string> {
    const parts = this.planb.workers[0]?.parts;
    if (parts === undefined) throw new Error('there is no worker');
    return boardText(buildBoard(state, await boardView(parts, state, 'en', await this.planb.store.now())));
  }
}

function seeing(name: string, action: RegisteredAction, servers: () => Servers | undefined): RegisteredAction {
  const fact = (key: string, value: JsonObject): Fact => ({ key, kind: 'measured', label: key, value, readAt: '2026-11-20T03:00:00.000Z' });
  const json = (writes: SeenWrites | undefined): JsonObject => JSON.parse(JSON.stringify(writes ?? wrote(0))) as JsonObject;
  switch (name) {
    case 'migration.situation':
      return { ...action, inspect: async ({ records }) => {
        const { switched, took, open } = await records.migrations();
        return [fact('migration-situation', { names: [{ name: 'litellm.example.org', leads: servers()?.leads ?? 'old' }], switched: switched === undefined ? null : { ...switched }, took: JSON.parse(JSON.stringify(took)) as JsonObject, open })];
      } };
    case 'migration.writes':
      return { ...action, inspect: () => Promise.resolve([fact('migration-writes:new', { side: 'new', writes: json(servers()?.newWrites) }), fact('migration-writes:old', { side: 'old', writes: json(wrote(0)) })]) };
    case 'migration.way-back':
      return { ...action, execute: async (context) => {
        const planned = await context.planReturn();
        return planned.ok ? { ok: true, receipt: { planned: true, steps: planned.steps, text: planned.text } } : { ok: false, error: { code: 'way-back-not-planned', message: planned.message }, retryable: false };
      } };
    default:
      return action;
  }
}

test('a migration plans its way back, waits for people, tells each stage in order, and is taken back by one command', async () => {
  const servers = await Servers.start();
  const { planb } = servers;
  const run = await servers.migrate();
  const waiting = await planb.state(run);
  expect(waiting.steps.find(({ id }) => id === 'way-back')?.receipt).toMatchObject({ planned: true, text: expect.stringContaining('people chose just-switched') as unknown });
  expect(await planb.answer('zoe', run, 'here')).toBe('refused: not-a-voter');
  await servers.gather(run);
  expect((await servers.ended(run)).outcome).toBe('verified');
  expect((await planb.events(run, 'PersonPresent')).map(({ person }) => person)).toEqual(['alice', 'bob']);

  const told = await query(planb.postgresUrl, `SELECT concat_ws('|', payload #>> '{to,platform}', payload #>> '{notice,lines,0,0}') FROM messages WHERE id LIKE 'stage:%' ORDER BY created_at`);
  const lines = (platform: string): readonly string[] => told.map(String).filter((row) => row.startsWith(`${platform}|`)).map((row) => row.slice(platform.length + 1).split(' · ')[0] ?? '');
  expect(lines('telegram')).toEqual([
    'Перед переездом: тесты, версии и репетиция восстановления', 'Снижаем TTL, готовим план отката', 'Ждём, пока команда будет на связи', 'Старый сервер остановлен, снимаем последний бэкап', 'Переносим базу на новый сервер',
    'Запускаем и проверяем новый сервер', 'Переключаем первые имена на новый сервер', 'Переключаем DNS на новый сервер', 'DNS переключён, проверяем сервис по публичному имени',
  ]);
  expect(lines('slack')).toEqual(lines('telegram'));

  const back = await servers.takeBack();
  expect(back).toMatchObject({ runbook: 'return', plan: { verdict: { scenario: { kind: 'just-switched', by: 'facts', reachable: true } } } });
  const board = await servers.board(back);
  expect(board).toContain('back, way 2 of 4: DNS back to the old server');
  expect(board).toContain('7 rows (LiteLLM_SpendLogs 7) of the new server since the switch');
  await servers.approve(back.id);
  expect((await servers.ended(back.id)).outcome).toBe('verified');
  expect(servers.leads).toBe('old');
  // It is back: the next rollback means the release again.
  expect((await servers.takeBack()).runbook).toBe('test');
});

test('a migration that is stopped before the switch brings the old server back by itself, without votes', async () => {
  const servers = await Servers.start();
  const { planb } = servers;
  planb.target.on('restore', () => failing());
  const run = await servers.migrate();
  await servers.gather(run);
  await planb.untilStep(run, 'restore', 'failed');
  await planb.answer('bob', run, 'stop');
  const { outcome } = await eventually(() => planb.store.deliveryOutcome(`planb:way-back:${run}`));
  const back = await servers.ended(outcome.replace('run ', ''));
  expect(back).toMatchObject({ runbook: 'return', outcome: 'verified', approvers: [], plan: { verdict: { scenario: { kind: 'before-switch' } } } });
  expect(back.steps.filter(({ status }) => status === 'succeeded').map(({ id }) => id)).toEqual(['situation', 'new-writes', 'old-writes', 'resume', 'resumed', 'report']);

  // The next plan says what was left open.
  const next = (await planb.say('alice', { kind: 'request', run: 'migration', target: 'shop' })).replace('run ', '');
  const planned = await planb.until(next, ({ phase }) => phase === 'voting');
  expect(await servers.board(planned)).toContain(`left open by run ${run}: "Restore the backup on the new server" did not succeed: exit code 1`);
});

test('hours later a new server that does not answer is a question, and a press answers it', async () => {
  const servers = await Servers.start();
  const { planb } = servers;
  servers.switchedAgo(3 * hour);
  const run = await servers.migrate();
  await servers.gather(run);
  await servers.ended(run);
  servers.newWrites = { counted: false, why: 'connection refused.' };

  const asked = await servers.takeBack();
  expect(asked).toMatchObject({ phase: 'ended', outcome: 'planning-failed', planningError: { code: 'writes-uncounted' } });
  const board = await servers.board(asked);
  expect(board).toContain('What the new server wrote since the switch cannot be counted: connection refused.');
  expect(board).toContain('/rollback shop with scenario=day-later with data=accept');
  expect(board).toContain('[Accept the loss] [Plan again]');

  await planb.store.saveButtons(asked.id, [{ id: 'b-accept', meaning: { action: 'accept-loss' } }]);
  const accepted = (await planb.say('alice', { kind: 'press', button: 'b-accept' })).replace('run ', '');
  const planned = await planb.until(accepted, ({ phase }) => phase === 'voting');
  expect(planned).toMatchObject({ follows: asked.id, runbook: 'return', params: { scenario: 'day-later', data: 'accept' }, plan: { verdict: { scenario: { kind: 'day-later', data: 'accept', by: 'people', reachable: false } } } });
  expect(planned.plan?.steps.map(({ id }) => id)).toEqual(expect.arrayContaining(['old-up', 'dns', 'list', 'by-hand']));
  expect(planned.plan?.steps.some(({ id }) => ['stop-new', 'backup-new', 'export', 'carry', 'restore'].includes(id))).toBe(false);
  await planb.answer('bob', accepted, 'stop');

  // It answers again: what it wrote is carried over.
  servers.newWrites = wrote(7);
  const carried = await servers.takeBack();
  expect(carried.plan?.verdict.scenario?.kind).toBe('hours-later');
  expect(carried.plan?.steps.map(({ id }) => id)).toEqual(expect.arrayContaining(['count', 'stop-new', 'backup-new', 'backup-old', 'carry', 'old-up', 'dns']));
});
