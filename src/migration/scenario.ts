import { languageOf, type Language } from '../board/language.js';
import type { Locale } from '../config.js';

/** The guide's four situations: before DNS moved, in the first half hour after it, within a day, later. */
export const scenarios = ['before-switch', 'just-switched', 'hours-later', 'day-later'] as const;
export type Scenario = (typeof scenarios)[number];

/** What becomes of the new server's rows where a day has gone by: all of it is brought back, or people accept its loss. */
export const dataChoices = ['sync', 'accept'] as const;
export type DataChoice = (typeof dataChoices)[number];

/** After so long the guide takes a return for one "a few hours later", and for one "after 24+ hours". Milliseconds. */
export const thresholds = { hoursMs: 30 * 60_000, dayMs: 24 * 3_600_000 } as const;
const [minuteMs, hourMs] = [60_000, 3_600_000];

/** Where a name leads now: to the old server, the new one, some of both or elsewhere; `unread`: nobody could say, and why. */
export interface SeenName {
  readonly name: string;
  readonly leads: 'old' | 'new' | 'elsewhere' | 'unread';
  readonly why?: string;
}

/** Rows that a server wrote since the switch; where that could not be counted, why. */
export type SeenWrites = CountedWrites | { readonly counted: false; readonly why: string };
interface CountedWrites {
  readonly counted: true;
  readonly rows: number;
  readonly about: boolean;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly untold: readonly string[];
}

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
 * Which way back fits, from facts alone. What could not be read is among the reasons, and where the choice would rest on it people are asked: nothing is guessed. `locale`: of the reasons and the losses. Pure.
 */
export function chooseScenario(seen: SeenMigration, locale: Locale = 'en'): ScenarioChoice {
  const language = languageOf(locale);
  const reasons = [sayNames(seen, language), saySwitch(seen, language), sayWrites('new', seen.newWrites, language), sayWrites('old', seen.oldWrites, language)];
  if (seen.asked !== undefined) return settle(seen, seen.asked, 'people', [...reasons, language.words.wayBack.chosen(seen.asked)], language);
  const fitting = fitFacts(seen);
  return typeof fitting === 'string' ? settle(seen, fitting, 'facts', reasons, language) : { ok: false, question: fitting, reasons };
}

function fitFacts({ now, names, switched, newWrites }: SeenMigration): Scenario | OpenQuestion {
  const unread = names.filter(({ leads }) => leads === 'unread');
  const allOld = unread.length === 0 && names.every(({ leads }) => leads === 'old');
  if (allOld && switched?.certain !== true) return 'before-switch';
  if (switched === undefined) {
    if (unread.length > 0) return ask('scenario-open', ({ words }) => words.wayBack.unknownDns(unread.map(({ name, why }) => `${name}: ${why ?? words.wayBack.unread}`).join('; ')), scenarios);
    // Somebody moved it by hand: without a moment only the rows tell how late it is.
    return wroteNothing(newWrites) ? 'just-switched' : ask('scenario-open', ({ words }) => words.wayBack.byHand, movedWays);
  }
  const agoMs = now - switched.at;
  if (agoMs <= thresholds.hoursMs || wroteNothing(newWrites)) return 'just-switched';
  return agoMs < thresholds.dayMs ? 'hours-later' : 'day-later';
}

const movedWays: readonly Scenario[] = ['just-switched', 'hours-later', 'day-later'];

/** The ways that bring data back need to know what there is; the other two only say what they leave behind. */
function settle({ names, switched, newWrites, oldWrites, data }: SeenMigration, scenario: Scenario, by: 'facts' | 'people', seen: readonly string[], language: Language): ScenarioChoice {
  const words = language.words.wayBack;
  const reasons = data === undefined || scenario === 'day-later' ? seen : [words.unused(data), ...seen];
  switch (scenario) {
    case 'before-switch': {
      const moved = names.filter(({ leads }) => leads === 'new').map(({ name }) => name);
      const unread = names.filter(({ leads }) => leads === 'unread').map(({ name }) => name);
      if (moved.length > 0) return { ok: false, question: ask('scenario-open', (each) => each.words.wayBack.moved(moved), movedWays), reasons };
      // This way starts the old server without votes: not on one person's word against a receipt.
      if (switched?.certain === true && unread.length > 0) return { ok: false, question: ask('scenario-open', (each) => each.words.wayBack.movedUnread(switched.run, unread), movedWays), reasons };
      return { ok: true, scenario, by, reasons, lost: switched?.certain === true ? left(newWrites, language) : [] };
    }
    case 'just-switched':
      // Nothing stops the new server on this way, and resolvers lead some people there for as long as they keep the answer.
      return { ok: true, scenario, by, reasons, lost: newWrites.counted ? [...left(newWrites, language), words.whileMoving] : left(newWrites, language) };
    case 'hours-later':
      return newWrites.counted ? { ok: true, scenario, by, reasons, lost: [] } : { ok: false, question: uncounted(newWrites.why), reasons };
    case 'day-later':
      if (data === undefined) return { ok: false, question: newWrites.counted ? openData(newWrites) : uncounted(newWrites.why), reasons };
      if (data === 'sync' && !newWrites.counted) return { ok: false, question: uncounted(newWrites.why), reasons };
      return { ok: true, scenario, data, by, reasons, lost: data === 'accept' ? left(newWrites, language) : replaced(oldWrites, language) };
    default:
      throw new Error(`unreachable: ${JSON.stringify(scenario satisfies never)}`);
  }
}

function wroteNothing(writes: SeenWrites): boolean {
  return writes.counted && writes.rows === 0 && writes.untold.length === 0;
}

function left(writes: SeenWrites, language: Language): readonly string[] {
  const words = language.words.wayBack;
  if (!writes.counted) return [words.stayUncounted(writes.why)];
  return wroteNothing(writes) ? [] : [words.stay(sayRows(writes, language))];
}

/** A full synchronisation puts the new server's database in the place of the old one's. */
function replaced(writes: SeenWrites, language: Language): readonly string[] {
  const words = language.words.wayBack;
  if (!writes.counted) return [words.replacedUncounted(writes.why)];
  return wroteNothing(writes) ? [] : [words.replaced(sayRows(writes, language))];
}

function uncounted(why: string): OpenQuestion {
  return ask('writes-uncounted', ({ words }) => words.wayBack.uncounted(why), ['day-later with data=accept'], ['accept']);
}

function openData(writes: CountedWrites): OpenQuestion {
  return ask('data-open', (language) => language.words.wayBack.openData(sayRows(writes, language)), ['day-later with data=sync', 'day-later with data=accept'], dataChoices);
}

function ask(code: OpenQuestion['code'], say: (language: Language) => string, ways: readonly string[], offers: readonly DataChoice[] = []): OpenQuestion {
  return { code, text: say(languageOf('en')), ru: say(languageOf('ru')), choices: ways.map((way) => `with scenario=${way}${offers.length === 0 && way === 'day-later' ? ' with data=sync|accept' : ''}`), offers };
}

function sayNames({ names }: SeenMigration, { words }: Language): string {
  const by = (leads: SeenName['leads']): readonly string[] => names.filter((one) => one.leads === leads).map(({ name, why }) => (why === undefined ? name : `${name} (${why})`));
  return words.wayBack.dns((['old', 'new', 'elsewhere', 'unread'] as const).flatMap((leads) => (by(leads).length === 0 ? [] : [words.wayBack.leads[leads](by(leads))])));
}

function saySwitch({ now, switched }: SeenMigration, { words, format }: Language): string {
  if (switched === undefined) return words.wayBack.noSwitch;
  const ms = Math.max(0, now - switched.at);
  // Whole minutes, hours and days: whoever decides needs no more.
  const whole = (unit: number): number => Math.floor(ms / unit) * unit;
  const ago = ms < minuteMs ? format.duration(ms) : ms < 2 * hourMs ? format.duration(whole(minuteMs)) : ms < 48 * hourMs ? format.duration(whole(hourMs)) : words.wayBack.days(Math.floor(ms / (24 * hourMs)));
  return words.wayBack.switched(switched.run, switched.certain, format.date(switched.at), ago);
}

function sayWrites(side: 'old' | 'new', writes: SeenWrites, language: Language): string {
  const words = language.words.wayBack;
  if (!writes.counted) return words.notCounted(side, writes.why);
  return `${words.wrote(side, writes.rows === 0 ? undefined : sayRows(writes, language))}${writes.untold.length === 0 ? '' : words.untold(writes.untold.slice(0, 3))}`;
}

const shownTables = 4;

/** "1,204 rows (LiteLLM_SpendLogs 1,200, LiteLLM_UserTable 4)". */
export function sayRows({ rows, about, tables }: CountedWrites, { words }: Language = languageOf('en')): string {
  return words.wayBack.rows(rows, about, tables.slice(0, shownTables), Math.max(0, tables.length - shownTables));
}
