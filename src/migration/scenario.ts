/** The guide's four situations: before DNS moved, in the first half hour after it, within a day, later. */
export const scenarios = ['before-switch', 'just-switched', 'hours-later', 'day-later'] as const;
export type Scenario = (typeof scenarios)[number];

/** What becomes of the new server's rows where a day has gone by: all of it is brought back, or people accept its loss. */
export const dataChoices = ['sync', 'accept'] as const;
export type DataChoice = (typeof dataChoices)[number];

/** After so long the guide takes a return for one "a few hours later", and for one "after 24+ hours". Milliseconds. */
export const thresholds = { hoursMs: 30 * 60_000, dayMs: 24 * 3_600_000 } as const;

/** Where a name leads now: to the old server, the new one, some of both or elsewhere; `unread`: nobody could say, and why. */
export interface SeenName {
  readonly name: string;
  readonly leads: 'old' | 'new' | 'elsewhere' | 'unread';
  readonly why?: string;
}

/** Rows that a server wrote since the switch; where that could not be counted, why. */
export type SeenWrites = { readonly counted: true; readonly rows: number; readonly about: boolean; readonly tables: readonly { readonly table: string; readonly rows: number }[]; readonly untold: readonly string[] } | { readonly counted: false; readonly why: string };

/** Everything that the choice rests on. Instants are milliseconds since the epoch. */
export interface SeenMigration {
  readonly now: number;
  readonly names: readonly SeenName[];
  /** By the record of `dns.switch`: when it first changed something, in which run. `certain: false`: it began, and nobody knows what came of it. Absent: no run did. */
  readonly switched?: { readonly at: number; readonly run: string; readonly certain: boolean };
  readonly newWrites: SeenWrites;
  readonly oldWrites: SeenWrites;
  /** Said by people: `with scenario=…`, `with data=…`. */
  readonly asked?: Scenario;
  readonly data?: DataChoice;
}

/** A sentence for people, with what they may answer. */
export interface OpenQuestion {
  readonly code: 'scenario-open' | 'writes-uncounted' | 'data-open';
  readonly text: string;
  /** The same for Russian boards. */
  readonly ru: string;
  /** What they can ask for instead, as typed behind the target: `with scenario=day-later with data=accept`. */
  readonly choices: readonly string[];
  /** What one press can choose; to look once more is always one. */
  readonly offers: readonly DataChoice[];
}

export type ScenarioChoice =
  | { readonly ok: true; readonly scenario: Scenario; readonly data?: DataChoice; readonly by: 'facts' | 'people'; readonly reasons: readonly string[]; readonly lost: readonly string[] }
  | { readonly ok: false; readonly question: OpenQuestion; readonly reasons: readonly string[] };

/** What the guide expects of each way, milliseconds from and to. */
export const guideMs: Readonly<Record<Scenario, readonly [from: number, to: number]>> = {
  'before-switch': [0, 0], 'just-switched': [5 * 60_000, 10 * 60_000], 'hours-later': [15 * 60_000, 30 * 60_000], 'day-later': [30 * 60_000, 60 * 60_000],
};

/**
 * Which way back fits, from facts alone. What could not be read is among the reasons, and where the choice would rest on it people are asked: nothing is guessed. Pure.
 */
export function chooseScenario(seen: SeenMigration): ScenarioChoice {
  const reasons = [sayNames(seen), ...saySwitch(seen), sayWrites('The new server', seen.newWrites), sayWrites('The old server', seen.oldWrites)];
  if (seen.asked !== undefined) return settle(seen, seen.asked, 'people', [`people chose ${seen.asked}`, ...reasons]);
  const fitting = fitFacts(seen);
  return typeof fitting === 'string' ? settle(seen, fitting, 'facts', reasons) : { ok: false, question: fitting, reasons };
}

function fitFacts({ now, names, switched, newWrites }: SeenMigration): Scenario | OpenQuestion {
  const unread = names.filter(({ leads }) => leads === 'unread');
  const allOld = unread.length === 0 && names.every(({ leads }) => leads === 'old');
  if (allOld && switched?.certain !== true) return 'before-switch';
  if (switched === undefined) {
    if (unread.length > 0) return ask('scenario-open', `Whether DNS has moved is not known (${unread.map(({ name, why }) => `${name}: ${why ?? 'unread'}`).join('; ')}), and no receipt says so. Which way back?`, `Неизвестно, переключён ли DNS (${unread.map(({ name, why }) => `${name}: ${why ?? 'не прочитан'}`).join('; ')}), и записи об этом нет. Какой нужен откат?`, scenarios);
    // Somebody moved it by hand: without a moment only the rows tell how late it is.
    return newWrites.counted && newWrites.rows === 0 && newWrites.untold.length === 0 ? 'just-switched' : ask('scenario-open', 'DNS has moved and no run of planb moved it, so when is not known. Which way back?', 'DNS переключён, но не planb, поэтому неизвестно когда. Какой нужен откат?', ['just-switched', 'hours-later', 'day-later']);
  }
  const agoMs = now - switched.at;
  if (agoMs <= thresholds.hoursMs) return 'just-switched';
  const nothingToLose = newWrites.counted && newWrites.rows === 0 && newWrites.untold.length === 0;
  if (nothingToLose) return 'just-switched';
  return agoMs < thresholds.dayMs ? 'hours-later' : 'day-later';
}

/** The ways that bring data back need to know what there is; the other two only say what they leave behind. */
function settle({ names, switched, newWrites, oldWrites, data }: SeenMigration, scenario: Scenario, by: 'facts' | 'people', seen: readonly string[]): ScenarioChoice {
  const reasons = data === undefined || scenario === 'day-later' ? seen : [`data=${data} is not used: it belongs to scenario=day-later`, ...seen];
  switch (scenario) {
    case 'before-switch': {
      const moved = names.filter(({ leads }) => leads === 'new').map(({ name }) => name);
      const unread = names.filter(({ leads }) => leads === 'unread').map(({ name }) => name);
      if (moved.length > 0) return { ok: false, question: ask('scenario-open', `DNS has moved: ${moved.join(', ')} ${moved.length === 1 ? 'leads' : 'lead'} to the new server, so it cannot be left as it is. Which way back?`, `DNS переключён: ${moved.join(', ')} на новом сервере, оставить как есть нельзя. Какой нужен откат?`, ['just-switched', 'hours-later', 'day-later']), reasons };
      // This way starts the old server without votes: not on one person's word against a receipt.
      if (switched?.certain === true && unread.length > 0) return { ok: false, question: ask('scenario-open', `Run ${switched.run} switched DNS, and where ${unread.join(', ')} ${unread.length === 1 ? 'leads' : 'lead'} now could not be read, so it cannot be left as it is. Which way back?`, `Запуск ${switched.run} переключил DNS, а куда теперь ведёт ${unread.join(', ')}, прочитать не удалось, оставить как есть нельзя. Какой нужен откат?`, ['just-switched', 'hours-later', 'day-later']), reasons };
      return { ok: true, scenario, by, reasons, lost: switched?.certain === true ? left(newWrites) : [] };
    }
    case 'just-switched':
      return { ok: true, scenario, by, reasons, lost: newWrites.counted ? [...left(newWrites), whileMoving] : left(newWrites) };
    case 'hours-later':
      return newWrites.counted ? { ok: true, scenario, by, reasons, lost: [] } : { ok: false, question: uncounted(newWrites.why), reasons };
    case 'day-later':
      if (data === undefined) return { ok: false, question: newWrites.counted ? openData(newWrites) : uncounted(newWrites.why), reasons };
      if (data === 'sync' && !newWrites.counted) return { ok: false, question: uncounted(newWrites.why), reasons };
      return { ok: true, scenario, data, by, reasons, lost: data === 'accept' ? left(newWrites) : replaced(oldWrites) };
    default:
      throw new Error(`unreachable: ${JSON.stringify(scenario satisfies never)}`);
  }
}

/** Nothing stops the new server on this way, and resolvers lead some people there for as long as they keep the answer. */
const whileMoving = 'what the new server writes from now until everybody is led back';

function left(writes: SeenWrites): readonly string[] {
  if (!writes.counted) return [`what the new server wrote since the switch; it could not be counted (${writes.why}), stays there and is not brought back`];
  if (writes.rows === 0 && writes.untold.length === 0) return [];
  return [`${sayRows(writes)} of the new server since the switch; they stay there and are not brought back`];
}

/** A full synchronisation puts the new server's database in the place of the old one's. */
function replaced(writes: SeenWrites): readonly string[] {
  if (!writes.counted) return [`what the old server wrote since the switch; it could not be counted (${writes.why}) and stays in its former database, under another name`];
  if (writes.rows === 0 && writes.untold.length === 0) return [];
  return [`${sayRows(writes)} of the old server since the switch; they stay in its former database, under another name`];
}

function uncounted(why: string): OpenQuestion {
  return ask('writes-uncounted', `What the new server wrote since the switch cannot be counted: ${why} Retry once it answers, or go back without its data.`, `Нельзя посчитать, что новый сервер записал после переключения: ${why} Повторите, когда он ответит, или откатитесь без его данных.`, ['day-later with data=accept'], ['accept']);
}

function openData(writes: Extract<SeenWrites, { counted: true }>): OpenQuestion {
  return ask('data-open', `More than a day has gone by, and the new server wrote ${sayRows(writes)} since. Bring everything back (data=sync), or accept that it is lost (data=accept)?`, `Прошло больше суток, новых и изменённых строк на новом сервере: ${writes.rows.toLocaleString('ru-RU')}. Вернуть всё (data=sync) или отказаться от этих данных (data=accept)?`, ['day-later with data=sync', 'day-later with data=accept'], dataChoices);
}

function ask(code: OpenQuestion['code'], text: string, ru: string, ways: readonly string[], offers: readonly DataChoice[] = [], withData = offers.length > 0): OpenQuestion {
  return { code, text, ru, choices: ways.map((way) => `with scenario=${way}${!withData && way === 'day-later' ? ' with data=sync|accept' : ''}`), offers };
}

function sayNames({ names }: SeenMigration): string {
  const by = (leads: SeenName['leads']): readonly string[] => names.filter((one) => one.leads === leads).map(({ name, why }) => (why === undefined ? name : `${name} (${why})`));
  const parts = ([['old', 'leads to the old server'], ['new', 'leads to the new server'], ['elsewhere', 'leads elsewhere'], ['unread', 'could not be read']] as const)
    .flatMap(([leads, words]) => (by(leads).length === 0 ? [] : [`${by(leads).join(', ')} ${words}`]));
  return `DNS: ${parts.length === 0 ? 'no names' : parts.join('; ')}`;
}

function saySwitch({ now, switched }: SeenMigration): readonly string[] {
  return [switched === undefined ? 'no run switched DNS' : `run ${switched.run} ${switched.certain ? 'switched DNS' : 'began to switch DNS, and nobody knows what came of it,'} at ${new Date(switched.at).toISOString().slice(0, 16).replace('T', ' ')} UTC, ${sayAgo(now - switched.at)} ago`];
}

function sayWrites(who: string, writes: SeenWrites): string {
  if (!writes.counted) return `${who}: not counted, ${writes.why}`;
  const untold = writes.untold.length === 0 ? '' : `; not counted: ${writes.untold.slice(0, 3).join(', ')}`;
  return `${who} wrote ${writes.rows === 0 ? 'nothing' : sayRows(writes)} since${untold}`;
}

/** "1,204 rows (LiteLLM_SpendLogs 1,200, LiteLLM_UserTable 4)". */
export function sayRows({ rows, about, tables }: Extract<SeenWrites, { counted: true }>): string {
  const shown = tables.slice(0, 4).map(({ table, rows: count }) => `${table} ${count.toLocaleString('en-US')}`);
  const more = tables.length > shown.length ? [`and ${tables.length - shown.length} more tables`] : [];
  return `${about ? 'about ' : ''}${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}${shown.length === 0 ? '' : ` (${[...shown, ...more].join(', ')})`}`;
}

function sayAgo(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  return minutes < 120 ? `${minutes} min` : minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} days`;
}
