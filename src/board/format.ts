import type { Locale } from '../config.js';

/** Words in the number that Russian needs: 1 шаг, 2 шага, 5 шагов. */
export interface RussianForms {
  readonly one: string;
  readonly few: string;
  readonly many: string;
}

const russianPlural = new Intl.PluralRules('ru');

/** `countRussian(5, { one: 'шаг', few: 'шага', many: 'шагов' })` is "5 шагов"; a fraction takes the genitive singular, as in speech. */
export function countRussian(count: number, forms: RussianForms): string {
  const category = russianPlural.select(count);
  const form = category === 'one' ? forms.one : category === 'many' || category === 'zero' ? forms.many : forms.few;
  return `${count} ${form}`;
}

/** "1 step", "3 steps". */
export function countEnglish(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

interface Units {
  readonly s: string;
  readonly min: string;
  readonly h: string;
  readonly d: string;
  readonly bytes: readonly [string, string, string, string, string];
  readonly decimal: string;
}

const units: Record<Locale, Units> = {
  en: { s: 's', min: 'min', h: 'h', d: 'd', bytes: ['B', 'kB', 'MB', 'GB', 'TB'], decimal: '.' },
  ru: { s: 'с', min: 'мин', h: 'ч', d: 'д', bytes: ['Б', 'КБ', 'МБ', 'ГБ', 'ТБ'], decimal: ',' },
};

// British English has no comma before the last "or": "Alice, Bob or Carol".
const listTags: Record<Locale, string> = { en: 'en-GB', ru: 'ru' };

const dayMs = 86_400_000;

/** Numbers, times and lists in one language. All instants are milliseconds since the epoch and are shown in UTC, never relative to now: a board does not tick. */
export interface Format {
  /** "03:08 UTC"; with its date when it is not within half a day of `now`. */
  readonly time: (at: number, now: number) => string;
  /** "03:14:05 UTC", for readings and running steps. */
  readonly timeWithSeconds: (at: number, now: number) => string;
  /** "03:08–03:19 UTC"; within one minute "03:08:04–03:08:19 UTC". */
  readonly span: (from: number, until: number, now: number) => string;
  /** "2026-03-01 03:08 UTC". */
  readonly date: (at: number) => string;
  /** "12 s", "3 min 58 s", "2 h 05 min". */
  readonly duration: (ms: number) => string;
  /** An estimate: "~40 s", "~4 min". */
  readonly about: (ms: number) => string;
  /** "420 MB", "1.1 GB": thousands, as disks are sold. */
  readonly bytes: (count: number) => string;
  /** "Alice, Bob or Carol". */
  readonly anyOf: (names: readonly string[]) => string;
  /** "Alice, Bob and Carol". */
  readonly allOf: (names: readonly string[]) => string;
}

export const formats: Record<Locale, Format> = { en: createFormat('en'), ru: createFormat('ru') };

function createFormat(locale: Locale): Format {
  const unit = units[locale];
  const disjunction = new Intl.ListFormat(listTags[locale], { type: 'disjunction' });
  const conjunction = new Intl.ListFormat(listTags[locale], { type: 'conjunction' });
  return {
    time: (at, now) => `${dated(at, now)}${clock(at)} UTC`,
    timeWithSeconds: (at, now) => `${dated(at, now)}${iso(at).slice(11, 19)} UTC`,
    span: (from, until, now) => (clock(from) === clock(until) && until - from < 60_000
      ? `${dated(from, now)}${iso(from).slice(11, 19)}–${iso(until).slice(11, 19)} UTC`
      : `${dated(from, now)}${clock(from)}–${clock(until)} UTC`),
    date: (at) => `${iso(at).slice(0, 10)} ${clock(at)} UTC`,
    duration: (ms) => showDuration(ms, unit),
    about: (ms) => showEstimate(ms, unit),
    bytes: (count) => showBytes(count, unit),
    anyOf: (names) => disjunction.format(names),
    allOf: (names) => conjunction.format(names),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function clock(at: number): string {
  return iso(at).slice(11, 16);
}

function dated(at: number, now: number): string {
  return Math.abs(now - at) < dayMs / 2 ? '' : `${iso(at).slice(0, 10)} `;
}

function showDuration(ms: number, unit: Units): string {
  // Below a second the exact figure tells nobody anything, and "0 s" reads as "did not run".
  if (ms < 950) return `<1 ${unit.s}`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} ${unit.s}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} ${unit.min}` : `${minutes} ${unit.min} ${seconds % 60} ${unit.s}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} ${unit.h}` : `${hours} ${unit.h} ${String(minutes % 60).padStart(2, '0')} ${unit.min}`;
  return `${Math.floor(hours / 24)} ${unit.d} ${hours % 24} ${unit.h}`;
}

function showEstimate(ms: number, unit: Units): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `~${Math.max(1, Math.round(seconds))} ${unit.s}`;
  if (seconds < 90) return `~${Math.round(seconds / 5) * 5} ${unit.s}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `~${minutes} ${unit.min}`;
  return `~${String(Math.round(minutes / 30) / 2).replace('.', unit.decimal)} ${unit.h}`;
}

function showBytes(count: number, unit: Units): string {
  let value = count;
  let step = 0;
  while (value >= 1000 && step < unit.bytes.length - 1) {
    value /= 1000;
    step += 1;
  }
  const shown = step === 0 || value >= 10 ? String(Math.round(value)) : value.toFixed(1).replace('.', unit.decimal);
  return `${shown} ${unit.bytes[step] ?? ''}`;
}
