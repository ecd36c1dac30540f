/** One command as menus and help show it. */
export interface CommandMenuEntry {
  /** The first word; empty for the form and the rollback itself. */
  readonly word: string;
  /** Behind the command's name. */
  readonly usage: string;
  /** One line without a full stop, at most 100 characters. */
  readonly description: { readonly en: string; readonly ru: string };
}

/** Every command, in the order in which a newcomer needs them. */
export const commandMenu: readonly CommandMenuEntry[] = [
  { word: '', usage: '', description: { en: 'Open the form: target, release, why', ru: 'Открыть форму: цель, релиз, причина' } },
  {
    word: '',
    usage: '<target> [to <release>] [for app|migration|performance|security|other] [because <reason>]',
    description: { en: 'Plan a rollback and ask for votes', ru: 'Составить план отката и собрать голоса' },
  },
  { word: 'targets', usage: 'targets', description: { en: 'What can be taken back, and what runs there now', ru: 'Что можно откатить и что сейчас работает' } },
  { word: 'status', usage: 'status [run]', description: { en: 'What runs, what waits, what is held', ru: 'Что выполняется, чего ждём, что удерживается' } },
  { word: 'history', usage: 'history [target]', description: { en: 'Earlier runs and how they ended', ru: 'Прошлые запуски и чем они закончились' } },
  { word: 'backups', usage: 'backups <target>', description: { en: 'Backups and whether they are proven', ru: 'Резервные копии и проверены ли они' } },
  { word: 'approve', usage: 'approve <run> [reason]', description: { en: 'Vote for the plan', ru: 'Проголосовать за план' } },
  { word: 'reject', usage: 'reject <run> [reason]', description: { en: 'Vote against the plan; ends the run', ru: 'Проголосовать против плана; запуск закончится' } },
  { word: 'retry', usage: 'retry <run> [reason]', description: { en: 'Try the failed step again', ru: 'Повторить неудавшийся шаг' } },
  { word: 'waive', usage: 'waive <run> [reason]', description: { en: 'Let a step destroy although its backup cannot be proven here', ru: 'Разрешить разрушающий шаг, хотя бэкап здесь не доказать' } },
  { word: 'skip', usage: 'skip <run> [reason]', description: { en: 'Go on without the failed step', ru: 'Продолжить без неудавшегося шага' } },
  { word: 'done', usage: 'done <run> [reason]', description: { en: 'The manual step, or the unclear one, was done', ru: 'Ручной или неясный шаг выполнен' } },
  { word: 'failed', usage: 'failed <run> [reason]', description: { en: 'The manual step failed', ru: 'Ручной шаг не удался' } },
  { word: 'here', usage: 'here <run>', description: { en: 'Say that you are at hand, where a run waits for people', ru: 'Сказать «я на связи», когда запуск ждёт людей' } },
  { word: 'stop', usage: 'stop <run> [reason]', description: { en: 'End the run here', ru: 'Остановить запуск' } },
  { word: 'break-glass', usage: 'break-glass <run> because <reason>', description: { en: 'Start the plan alone, where its policy names you; everyone is told', ru: 'Запустить план в одиночку, если правила называют вас; узнают все' } },
  { word: 'note', usage: 'note <run> <text>', description: { en: 'Put a remark on the record', ru: 'Добавить заметку в журнал' } },
  { word: 'preflight', usage: 'preflight <target>', description: { en: 'Check before a change that a way back exists', ru: 'Проверить до изменений, что откат возможен' } },
  { word: 'verify', usage: 'verify <target>', description: { en: 'Check that the target is healthy', ru: 'Проверить, что цель здорова' } },
  { word: 'repair', usage: 'repair <target>', description: { en: 'Mend the target in place', ru: 'Починить цель на месте' } },
  { word: 'upgrade', usage: 'upgrade <target> [to <release>]', description: { en: 'Bring the target to a newer release', ru: 'Обновить цель до нового релиза' } },
  { word: 'migrate', usage: 'migrate <target>', description: { en: 'Carry out the target\'s migration', ru: 'Выполнить миграцию цели' } },
  { word: 'run', usage: 'run <target> <runbook> [with <name>=<value>]', description: { en: 'Carry out another runbook of the target', ru: 'Выполнить другой сценарий цели' } },
  { word: 'unhold', usage: 'unhold <target>', description: { en: 'Let the target\'s own files count again', ru: 'Снять удержание: снова действуют файлы цели' } },
  { word: 'whoami', usage: 'whoami', description: { en: 'Your ids and this chat\'s, as YAML to paste', ru: 'Ваши id и id чата в YAML для вставки' } },
  { word: 'help', usage: 'help', description: { en: 'All commands', ru: 'Все команды' } },
];

/** Lines of help, each usage with its description. */
export function describeMenu(command: string, locale: 'en' | 'ru'): readonly { readonly usage: string; readonly description: string }[] {
  return commandMenu.map(({ usage, description }) => ({ usage: `/${command} ${usage}`.trim(), description: description[locale] }));
}
