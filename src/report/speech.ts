import { languageOf, type Language } from '../board/language.js';
import type { ReportInput } from './report-input.js';
import { enReport, type ReportWords } from './text/en.js';
import { ruReport } from './text/ru.js';

/** How a report speaks: its words, and the board's way with times and names. */
export interface Speech {
  readonly words: ReportWords;
  readonly language: Language;
  /** "2026-03-01 03:08:14 UTC": a report is read days later. */
  readonly moment: (at: number) => string;
  readonly duration: (ms: number) => string;
}

export function speechOf({ locale }: Pick<ReportInput, 'locale'>): Speech {
  const language = languageOf(locale);
  return {
    words: locale === 'ru' ? ruReport : enReport,
    language,
    moment: (at) => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    duration: (ms) => language.format.duration(ms),
  };
}
