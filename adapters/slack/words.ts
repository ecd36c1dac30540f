/** The adapter's own sentences; everything about runs comes worded from src/board. */
export interface Words {
  readonly notStored: string;
  readonly notConfirmed: string;
  readonly unknownSender: string;
  readonly formFailed: string;
  readonly noTargets: string;
  readonly formTitle: string;
  readonly formSubmit: string;
  readonly formCancel: string;
  readonly target: string;
  readonly release: string;
  readonly choose: string;
  readonly chooseTargetFirst: string;
  readonly noReleases: string;
  readonly moreReleases: (left: number) => string;
  readonly why: string;
  readonly scopes: Readonly<Record<'app' | 'migration' | 'performance' | 'security' | 'other', string>>;
  readonly reason: string;
  readonly reasonHint: string;
  readonly targetGone: string;
  readonly shortened: string;
  readonly stepsDone: (count: number) => string;
  readonly stepsToCome: (count: number) => string;
  readonly detailsCut: string;
  readonly releaseGone: string;
}

const en: Words = {
  notStored: 'planb could not store your command, nothing was done. Please try again.',
  notConfirmed: 'planb did not confirm your command in time. It may still be carried out: look at the board before you try again.',
  unknownSender: 'planb could not ask Slack who you are, nothing was done. Please try again.',
  formFailed: 'planb could not open the form, nothing was done. Please try again, or type the target after the command.',
  noTargets: 'No targets are configured in planb.yaml, so there is nothing to roll back.',
  formTitle: 'Roll back',
  formSubmit: 'Make a plan',
  formCancel: 'Cancel',
  target: 'Target',
  release: 'Go back to',
  choose: 'Choose',
  chooseTargetFirst: 'Choose a target to see the releases that it can go back to.',
  noReleases: 'No earlier release is known yet. planb will look for the last known good one while it makes the plan.',
  moreReleases: (left) => `${left} older releases are not listed; type them as text: <target> to <release>.`,
  why: 'Why',
  scopes: { app: 'The application misbehaves', migration: 'A migration went wrong', performance: 'It is too slow', security: 'Security', other: 'Another reason' },
  reason: 'What happened',
  reasonHint: 'One sentence for those who vote.',
  shortened: 'Shortened to fit: Details has everything.',
  stepsDone: (count) => `${count} steps done`,
  stepsToCome: (count) => `${count} more steps to come`,
  detailsCut: 'The rest did not fit, and Slack did not take it as a file: planb needs the scope files:write.',
  targetGone: 'This target is no longer in planb.yaml. Choose another one.',
  releaseGone: 'This release is no longer offered for the target. Choose another one.',
};

const ru: Words = {
  notStored: 'planb не смог сохранить команду, ничего не сделано. Повторите, пожалуйста.',
  notConfirmed: 'planb не успел подтвердить команду. Она ещё может быть выполнена: прежде чем повторять, посмотрите на доску.',
  unknownSender: 'planb не смог узнать у Slack, кто вы; ничего не сделано. Повторите, пожалуйста.',
  formFailed: 'planb не смог открыть форму, ничего не сделано. Повторите или напишите цель после команды.',
  noTargets: 'В planb.yaml нет ни одной цели, откатывать нечего.',
  formTitle: 'Откат',
  formSubmit: 'Составить план',
  formCancel: 'Отмена',
  target: 'Цель',
  release: 'Вернуться на',
  choose: 'Выберите',
  chooseTargetFirst: 'Выберите цель, чтобы увидеть релизы, на которые можно вернуться.',
  noReleases: 'Предыдущие релизы пока неизвестны. planb найдёт последний исправный, когда будет составлять план.',
  moreReleases: (left) => `Ещё ${left} старых релизов не показано; их можно написать текстом: <цель> to <релиз>.`,
  why: 'Причина',
  scopes: { app: 'Приложение работает неправильно', migration: 'Не удалась миграция', performance: 'Слишком медленно', security: 'Безопасность', other: 'Другая причина' },
  reason: 'Что случилось',
  reasonHint: 'Одно предложение для тех, кто голосует.',
  shortened: 'Сокращено, чтобы поместилось: всё есть в «Подробностях».',
  stepsDone: (count) => `Готово шагов: ${count}`,
  stepsToCome: (count) => `Ещё шагов впереди: ${count}`,
  detailsCut: 'Остальное не поместилось, а файлом Slack его не принял: planb нужно право files:write.',
  targetGone: 'Этой цели больше нет в planb.yaml. Выберите другую.',
  releaseGone: 'Этот релиз больше не предлагается для цели. Выберите другой.',
};

export function wordsOf(locale: 'en' | 'ru'): Words {
  return locale === 'ru' ? ru : en;
}
