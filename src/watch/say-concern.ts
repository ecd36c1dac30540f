import { cleanNotice, shorten } from '../board/clean.js';
import { languageOf, type Language } from '../board/language.js';
import type { Line, Notice } from '../board/model.js';
import type { Locale } from '../config.js';
import type { WatchRecord } from '../ports/watches.js';
import type { Concern } from './concern.js';

const longestName = 80;

/** The rule or alert in words with its numbers. */
export function concernText({ source, name, saw, since, at, lasting }: Concern, { words, format }: Language): string {
  const called = shorten(name, longestName);
  const seen = shorten(saw, 200);
  if (source === 'alert') return words.watch.alert(called, seen, format.timeWithSeconds(since, at));
  return (lasting ?? 0) === 0 ? words.watch.ruleAtOnce(called, seen) : words.watch.rule(called, seen, format.timeWithSeconds(since, at), format.duration(at - since));
}

/** Why the way back is planned; it stands on the board and in the record. */
export function concernReason(concern: Concern, locale: Locale): string {
  const language = languageOf(locale);
  return language.words.watch.reason(concernText(concern, language));
}

/** One quiet line: nobody is mentioned. `title`: the target's. */
export function concernNotice(concern: Concern, title: string, locale: Locale): Notice {
  const language = languageOf(locale);
  const { words, format } = language;
  const name = shorten(concern.name, longestName);
  switch (concern.status) {
    case 'holds':
      return quiet(language, concern.level === 'critical' ? `${title}: ${words.watch.reason(concernText(concern, language))}` : words.watch.notice(title, concernText(concern, language)));
    case 'over':
      return quiet(language, `${title}: ${words.watch.over(name, format.duration(concern.at - concern.since))}`);
    case 'unread':
      return quiet(language, words.watch.unread(title, name, shorten(concern.saw, 200), format.timeWithSeconds(concern.since, concern.at)));
    default:
      return concern.status satisfies never;
  }
}

/** One line for all that is not told one by one. */
export function moreNotice(title: string, locale: Locale): Notice {
  const language = languageOf(locale);
  return quiet(language, language.words.watch.more(title));
}

/** What the watch saw, when it is over. */
export function summaryNotice(watch: WatchRecord, title: string, why: 'time' | 'removed', now: number, locale: Locale): Notice {
  const language = languageOf(locale);
  const { words, format } = language;
  const { rules, run, from, keepUntil } = watch;
  const head = why === 'time' ? words.watch.ended(title, run, format.duration(now - from)) : words.watch.removed(title, run);
  const lines = rules.flatMap(({ name, state }): readonly string[] => {
    const called = shorten(name, longestName);
    if (state.badSince !== undefined) return [words.watch.stillBad(called, format.time(state.badSince, now), shorten(state.saw ?? '', 160))];
    if (state.unreadSince !== undefined) return [words.watch.neverRead(called, shorten(state.saw ?? '', 160))];
    return state.held + state.brief === 0 ? [] : [words.watch.summary(called, state.held, state.brief, format.duration(state.longestMs))];
  });
  const said = lines.length === 0 && rules.length > 0 ? [words.watch.quiet(rules.length)] : lines;
  return quiet(language, head, ...said, ...(keepUntil === undefined || keepUntil <= now ? [] : [words.watch.kept(format.time(keepUntil, now))]));
}

/** The old server was kept long enough: somebody may let it go. */
export function keepOverNotice({ run }: Pick<WatchRecord, 'run'>, title: string, command: string, locale: Locale): Notice {
  const language = languageOf(locale);
  return quiet(language, language.words.watch.keepOver(title, run, command));
}

/** A line of `status`. */
export function watchLine({ run, phase, until, keepUntil, rules }: WatchRecord, title: string, now: number, locale: Locale): Line {
  const { words, format } = languageOf(locale);
  if (phase !== 'watching') return [keepUntil === undefined || keepUntil <= now ? words.watch.statusKeptOver(title, run) : words.watch.statusKept(title, run, format.time(keepUntil, now))];
  const bad = rules.flatMap(({ name, state }) => {
    const called = shorten(name, longestName);
    if (state.badSince !== undefined) return [words.watch.statusBad(called, format.time(state.badSince, now), shorten(state.saw ?? '', 120))];
    return state.unreadSince === undefined ? [] : [words.watch.statusUnread(called, format.time(state.unreadSince, now), shorten(state.saw ?? '', 120))];
  });
  const kept = keepUntil === undefined ? [] : [words.watch.kept(format.time(keepUntil, now))];
  return [[words.watch.status(title, run, format.time(until, now)), bad.length === 0 ? words.watch.statusGood(rules.length) : bad.join('; '), ...kept].join(' · ')];
}

function quiet({ locale }: Language, ...lines: readonly string[]): Notice {
  return cleanNotice({ locale, lines: lines.map((line) => [line]), mention: [] });
}
