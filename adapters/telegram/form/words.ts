import type { Scope } from '../../../src/command/command.js';

export type Locale = 'en' | 'ru';

export interface FormWords {
  readonly whichTarget: string;
  readonly noTargets: string;
  readonly whichRelease: string;
  readonly lastGood: string;
  readonly why: string;
  readonly reason: string;
  readonly send: string;
  readonly cancel: string;
  readonly cancelled: string;
  readonly sent: string;
  readonly moreByWord: string;
  readonly notYours: string;
  readonly outdated: string;
  readonly unavailable: string;
  readonly scopes: Readonly<Record<Scope, string>>;
}

export const FORM_WORDS: Readonly<Record<Locale, FormWords>> = {
  en: {
    whichTarget: 'What should go back?',
    noTargets: 'No targets are configured: add one to planb.yaml.',
    whichRelease: 'To which release?',
    lastGood: 'The last known good',
    why: 'Why?',
    reason: 'Reply to this message with a reason, or send it as it is. The same as a command:',
    send: 'Ask for a plan',
    cancel: 'Cancel',
    cancelled: 'Cancelled: nothing was asked for.',
    sent: 'Asked for:',
    moreByWord: 'More than fit here: type the name after the command.',
    notYours: 'Someone else opened this form. Type the command for one of your own.',
    outdated: 'The choices have changed since. Type the command again.',
    unavailable: 'planb cannot read its database just now. Try again in a moment.',
    scopes: { app: 'The application is broken', migration: 'A migration went wrong', performance: 'It is slow', security: 'Security', other: 'Something else' },
  },
  ru: {
    whichTarget: 'Что откатить?',
    noTargets: 'Цели не настроены: добавьте их в planb.yaml.',
    whichRelease: 'На какой релиз?',
    lastGood: 'Последний исправный',
    why: 'Почему?',
    reason: 'Ответьте на это сообщение с причиной или отправьте так. То же командой:',
    send: 'Запросить план',
    cancel: 'Отмена',
    cancelled: 'Отменено: ничего не запрошено.',
    sent: 'Запрошено:',
    moreByWord: 'Не всё поместилось: напишите имя после команды.',
    notYours: 'Эту форму открыл другой человек. Наберите команду, чтобы открыть свою.',
    outdated: 'Выбор с тех пор изменился. Наберите команду ещё раз.',
    unavailable: 'planb сейчас не может прочитать свою базу данных. Попробуйте чуть позже.',
    scopes: { app: 'Приложение сломано', migration: 'Миграция не удалась', performance: 'Медленно работает', security: 'Безопасность', other: 'Другое' },
  },
};
