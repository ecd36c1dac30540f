import type { Locale } from '../config.js';
import { formats, type Format } from './format.js';
import { wordsFor, type Words } from './text/words.js';

/** One language: its words, and its way with numbers, times and lists. */
export interface Language {
  readonly locale: Locale;
  readonly words: Words;
  readonly format: Format;
}

const languages: Record<Locale, Language> = {
  en: { locale: 'en', words: wordsFor('en'), format: formats.en },
  ru: { locale: 'ru', words: wordsFor('ru'), format: formats.ru },
};

export function languageOf(locale: Locale): Language {
  return languages[locale];
}
