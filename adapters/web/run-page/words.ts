import type { BoardModel, TaskStatus } from '../../../src/board/model.js';

export interface PageWords {
  readonly timeline: string;
  readonly when: string;
  readonly who: string;
  readonly what: string;
  /** `at` is the instant at which the page was made. */
  readonly made: (at: string) => string;
  readonly status: Readonly<Record<TaskStatus, string>>;
}

export const PAGE_WORDS: Readonly<Record<BoardModel['locale'], PageWords>> = {
  en: {
    timeline: 'What happened',
    when: 'When (UTC)',
    who: 'Who',
    what: 'What',
    made: (at) => `As of ${at}.`,
    status: { pending: 'not started', running: 'running', waiting: 'waits for a person', done: 'done', failed: 'failed', unknown: 'outcome unknown', skipped: 'skipped', cancelled: 'cancelled' },
  },
  ru: {
    timeline: 'Что произошло',
    when: 'Когда (UTC)',
    who: 'Кто',
    what: 'Что',
    made: (at) => `По состоянию на ${at}.`,
    status: { pending: 'не начат', running: 'идёт', waiting: 'ждёт человека', done: 'готово', failed: 'не удалось', unknown: 'исход неизвестен', skipped: 'пропущен', cancelled: 'отменён' },
  },
};
