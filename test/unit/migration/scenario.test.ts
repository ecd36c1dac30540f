import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseScenario, type SeenMigration, type SeenName, type SeenWrites } from '../../../src/migration/scenario.js';

const minute = 60_000;
const hour = 60 * minute;
const now = Date.UTC(2026, 10, 20, 12);
const name = (leads: SeenName['leads'], why?: string): SeenName => ({ name: 'litellm.example.org', leads, ...(why === undefined ? {} : { why }) });
const wrote = (rows: number): SeenWrites => ({ counted: true, rows, about: false, tables: rows === 0 ? [] : [{ table: 'LiteLLM_SpendLogs', rows }], untold: [] });
const silent: SeenWrites = { counted: false, why: 'connection refused.' };
const switchedAgo = (ms: number, certain = true): SeenMigration['switched'] => ({ at: now - ms, run: '7KQ', certain });

function seen(given: Partial<SeenMigration> & { readonly ago?: number }): SeenMigration {
  const { ago, ...rest } = given;
  const switched = ago === undefined ? undefined : switchedAgo(ago);
  return { now, names: [name(ago === undefined ? 'old' : 'new')], newWrites: wrote(7), oldWrites: wrote(0), ...(switched === undefined ? {} : { switched }), ...rest };
}

describe('which way back fits', () => {
  it.each<[string, SeenMigration, string]>([
    ['DNS has not moved', seen({}), 'before-switch'],
    ['DNS has not moved, and the new server is silent', seen({ newWrites: silent }), 'before-switch'],
    ['a switch that began and did not come through', seen({ names: [name('old')], switched: { at: now - hour, run: '7KQ', certain: false } }), 'before-switch'],
    ['just switched', seen({ ago: 5 * minute }), 'just-switched'],
    ['just switched, some names only', seen({ ago: 5 * minute, names: [name('new'), name('old')] }), 'just-switched'],
    ['exactly half an hour', seen({ ago: 30 * minute }), 'just-switched'],
    ['just switched, the new server is silent', seen({ ago: 5 * minute, newWrites: silent }), 'just-switched'],
    ['a little more than half an hour', seen({ ago: 30 * minute + 1 }), 'hours-later'],
    ['hours later, and nothing was written: there is nothing to carry', seen({ ago: 5 * hour, newWrites: wrote(0) }), 'just-switched'],
    ['a day later, and nothing was written', seen({ ago: 30 * hour, newWrites: wrote(0) }), 'just-switched'],
    ['a little less than a day', seen({ ago: 24 * hour - 1 }), 'hours-later'],
    ['a day later, everything back', seen({ ago: 24 * hour, data: 'sync' }), 'day-later'],
    ['a day later, the loss accepted', seen({ ago: 24 * hour, data: 'accept' }), 'day-later'],
    ['a day later, the new server is silent and the loss accepted', seen({ ago: 24 * hour, data: 'accept', newWrites: silent }), 'day-later'],
    ['switched by hand, nothing written', seen({ names: [name('new')], newWrites: wrote(0) }), 'just-switched'],
    ['people chose', seen({ ago: 5 * minute, asked: 'hours-later' }), 'hours-later'],
  ])('%s', (_, given, expected) => {
    expect(chooseScenario(given)).toMatchObject({ ok: true, scenario: expected, by: given.asked === undefined ? 'facts' : 'people' });
  });

  it.each<[string, SeenMigration, string, readonly string[]]>([
    ['DNS is not readable and no receipt speaks', seen({ names: [name('unread', 'ns1 is silent')] }), 'scenario-open', []],
    ['DNS was moved by hand and the new server wrote', seen({ names: [name('new')] }), 'scenario-open', []],
    ['DNS leads elsewhere', seen({ names: [name('elsewhere', '203.0.113.9')] }), 'scenario-open', []],
    ['people say that DNS has not moved, and it has', seen({ ago: 5 * minute, asked: 'before-switch' }), 'scenario-open', []],
    ['people say that DNS has not moved, a run moved it, and nobody can read it', seen({ ago: 5 * minute, names: [name('unread', 'ns1 is silent')], asked: 'before-switch' }), 'scenario-open', []],
    ['hours later, the new server is silent', seen({ ago: 5 * hour, newWrites: silent }), 'writes-uncounted', ['accept']],
    ['a day later, the new server is silent', seen({ ago: 30 * hour, newWrites: silent }), 'writes-uncounted', ['accept']],
    ['a day later, everything back of a silent server', seen({ ago: 30 * hour, newWrites: silent, data: 'sync' }), 'writes-uncounted', ['accept']],
    ['a day later, nobody chose', seen({ ago: 30 * hour }), 'data-open', ['sync', 'accept']],
  ])('asks people: %s', (_, given, code, offers) => {
    const choice = chooseScenario(given);
    expect(choice).toMatchObject({ ok: false, question: { code, offers } });
    if (choice.ok) return;
    expect(choice.question.choices.length).toBeGreaterThan(0);
    expect(choice.question.ru).toMatch(/[а-я]{4}.*[?.]$/);
  });

  it('names what stays behind, and what the old server wrote itself', () => {
    expect(chooseScenario(seen({ ago: 5 * minute }))).toMatchObject({ lost: ['7 rows (LiteLLM_SpendLogs 7) of the new server since the switch; they stay there and are not brought back', 'what the new server writes from now until everybody is led back'] });
    expect(chooseScenario(seen({ ago: 5 * hour, newWrites: wrote(0) }))).toMatchObject({ scenario: 'just-switched', lost: ['what the new server writes from now until everybody is led back'] });
    // DNS was brought back by hand since.
    expect(chooseScenario(seen({ ago: 5 * minute, names: [name('old')], asked: 'before-switch' }))).toMatchObject({ lost: [expect.stringContaining('7 rows')] });
    expect(chooseScenario(seen({ ago: 5 * minute, newWrites: silent }))).toMatchObject({ lost: [expect.stringContaining('could not be counted (connection refused.)')] });
    expect(chooseScenario(seen({ ago: 5 * hour }))).toMatchObject({ lost: [] });
    expect(chooseScenario(seen({ ago: 30 * hour, data: 'sync', oldWrites: wrote(2) }))).toMatchObject({ lost: [expect.stringContaining('2 rows (LiteLLM_SpendLogs 2) of the old server')] });
    expect(chooseScenario(seen({ ago: 30 * hour, data: 'accept' }))).toMatchObject({ lost: [expect.stringContaining('7 rows')] });
  });

  it('says where DNS leads, when it moved and what was written before who chose: a board shows three reasons', () => {
    expect(chooseScenario(seen({ ago: 5 * minute, asked: 'hours-later' })).reasons.slice(2)).toEqual(['The new server wrote 7 rows (LiteLLM_SpendLogs 7) since', 'The old server wrote nothing since', 'people chose hours-later']);
  });

  it('says that it does not use what belongs to another way', () => {
    expect(chooseScenario(seen({ ago: 5 * hour, data: 'accept' }))).toMatchObject({ scenario: 'hours-later', reasons: expect.arrayContaining(['data=accept is not used: it belongs to scenario=day-later']) as unknown });
    expect(chooseScenario(seen({ ago: 30 * hour, data: 'accept' })).reasons.join()).not.toContain('not used');
  });

  it('says so in Russian where the target is talked about in Russian', () => {
    const names = [name('new'), { ...name('new'), name: 'dash.example.org' }];
    expect(chooseScenario(seen({ ago: 5 * minute, names, newWrites: wrote(21) }), 'ru')).toMatchObject({
      reasons: ['DNS: litellm.example.org, dash.example.org ведут на новый сервер', 'запуск 7KQ переключил DNS 2026-11-20 11:55 UTC, 5 мин назад', 'Новый сервер с тех пор записал: 21 строка (LiteLLM_SpendLogs 21)', 'Старый сервер с тех пор ничего не записал'],
      lost: ['записанное новым сервером после переключения, 21 строка (LiteLLM_SpendLogs 21): останется там и не вернётся', 'то, что новый сервер запишет, пока DNS не вернётся для всех'],
    });
    expect(chooseScenario(seen({ ago: 73 * hour, newWrites: silent, asked: 'day-later', data: 'accept' }), 'ru').reasons).toEqual([
      'DNS: litellm.example.org ведёт на новый сервер', 'запуск 7KQ переключил DNS 2026-11-17 11:00 UTC, 3 дня назад', 'Новый сервер: строки не посчитаны, connection refused.', 'Старый сервер с тех пор ничего не записал', 'выбрали люди: day-later',
    ]);
  });

  it('says what it rests on', () => {
    expect(chooseScenario(seen({ ago: 5 * hour })).reasons).toEqual([
      'DNS: litellm.example.org leads to the new server', 'run 7KQ switched DNS at 2026-11-20 07:00 UTC, 5 h ago', 'The new server wrote 7 rows (LiteLLM_SpendLogs 7) since', 'The old server wrote nothing since',
    ]);
  });
});

describe('whatever was seen', () => {
  const writes = fc.oneof(fc.constant(silent), fc.nat(5).map(wrote), fc.nat(5).map((rows): SeenWrites => ({ counted: true, rows, about: true, tables: [], untold: ['big (too slow)'] })));
  const anything: fc.Arbitrary<SeenMigration> = fc.record({
    names: fc.array(fc.constantFrom<SeenName['leads']>('old', 'new', 'elsewhere', 'unread').map((leads) => name(leads)), { minLength: 1, maxLength: 3 }),
    ago: fc.option(fc.integer({ min: 0, max: 72 * hour })), certain: fc.boolean(), newWrites: writes, oldWrites: writes,
    asked: fc.option(fc.constantFrom('before-switch' as const, 'just-switched' as const, 'hours-later' as const, 'day-later' as const)), data: fc.option(fc.constantFrom('sync' as const, 'accept' as const)),
  }).map(({ names, ago, certain, asked, data, newWrites, oldWrites }) => ({
    now, names, newWrites, oldWrites, ...(ago === null ? {} : { switched: { at: now - ago, run: '7KQ', certain } }), ...(asked === null ? {} : { asked }), ...(data === null ? {} : { data }),
  }));

  it('no rows of the new server go away unsaid, and none are carried that nobody counted', () => {
    fc.assert(fc.property(anything, (given) => {
      const choice = chooseScenario(given);
      if (!choice.ok) return;
      const { newWrites } = given;
      const brings = choice.scenario === 'hours-later' || choice.data === 'sync';
      if (brings) expect(newWrites.counted).toBe(true);
      const hasRows = !newWrites.counted || newWrites.rows > 0 || newWrites.untold.length > 0;
      if (!brings && choice.scenario !== 'before-switch' && hasRows) expect(choice.lost.length).toBeGreaterThan(0);
    }), { seed: 29, numRuns: 500 });
  });

  it('DNS is left alone only where it does not lead to the new server, and facts never choose what people did not say', () => {
    fc.assert(fc.property(anything, (given) => {
      const choice = chooseScenario(given);
      if (!choice.ok) {
        expect(choice.question.choices.length).toBeGreaterThan(0);
        return;
      }
      if (choice.scenario === 'before-switch') expect(given.names.some(({ leads }) => leads === 'new')).toBe(false);
      expect(choice.by).toBe(given.asked === undefined ? 'facts' : 'people');
      if (given.asked === undefined && choice.scenario === 'before-switch') expect(given.names.every(({ leads }) => leads === 'old')).toBe(true);
      if (choice.scenario === 'day-later') expect(choice.data).toBe(given.data);
    }), { seed: 29, numRuns: 500 });
  });

  it('the later it is, the farther the way', () => {
    const order = ['before-switch', 'just-switched', 'hours-later', 'day-later'];
    fc.assert(fc.property(anything, fc.integer({ min: 0, max: 72 * hour }), (given, more) => {
      const [sooner, later] = [chooseScenario(given), chooseScenario({ ...given, now: now + more })];
      if (sooner.ok && later.ok) expect(order.indexOf(later.scenario)).toBeGreaterThanOrEqual(order.indexOf(sooner.scenario));
    }), { seed: 29, numRuns: 500 });
  });
});
