import type { Locale } from './form/words.js';

export interface TroubleWords {
  /** Telegram keeps the message and planb takes it later. */
  readonly notStored: string;
  /** It will never be taken. */
  readonly dropped: string;
}

export const TROUBLE_WORDS: Readonly<Record<Locale, TroubleWords>> = {
  en: {
    notStored: 'planb’s database does not answer. Your message is kept by Telegram and is carried out as soon as the database is back.',
    dropped: 'planb could not store this message and leaves it out. Say it in other words, or use the command line.',
  },
  ru: {
    notStored: 'База данных planb не отвечает. Telegram хранит ваше сообщение; оно будет выполнено, как только база вернётся.',
    dropped: 'planb не смог сохранить это сообщение и пропускает его. Скажите иначе или воспользуйтесь командной строкой.',
  },
};
