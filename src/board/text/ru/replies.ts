import { countRussian } from '../../format.js';
import type { ReplyWords } from '../en/replies.js';

export const ruReplies: ReplyWords = {
  noTargets: 'В planb.yaml пока нет целей. Добавьте цель в `targets:` и запустите `planb check`.',
  running: (release) => `запущен ${release}`,
  lastGood: (release) => `последний исправный ${release}`,
  liveRun: (run) => `идёт запуск ${run}`,
  held: (line) => `УДЕРЖАНИЕ: ${line}`,

  noLiveRuns: 'Сейчас ничего не запущено.',
  runs: (count) => `Сейчас ${countRussian(count, { one: 'запуск', few: 'запуска', many: 'запусков' })}.`,
  waitsForVotes: (votes) => `ждёт голосов ${votes}`,
  planning: 'составляется план',
  runningStep: (steps) => `идёт ${steps}`,
  stopping: 'останавливается',

  noHistory: (target) => `Запусков ${target} в журнале нет.`,
  noHistoryAtAll: 'В журнале нет ни одного запуска.',
  askedBy: (name) => `запрос: ${name}`,
  approvedBy: (names) => `одобрено: ${names}`,

  noBackups: (target) => `Бэкапов ${target} planb не знает. Бэкап снимает план с шагом \`postgres.backup\`; снятый в другом месте называет \`planb backups register\`.`,
  noneProven: 'НИ ОДИН из них не проверен.',
  moreBackups: (count, proven) => `и ещё ${countRussian(count, { one: 'более старый', few: 'более старых', many: 'более старых' })}, из них проверено: ${proven}.`,
  database: (name) => `база ${name}`,
  filesGone: 'ФАЙЛОВ НЕТ',
  registered: 'снят в другом месте',
  proofs: { 'not-proven': 'НЕ проверен', 'not-provable': 'проверить нельзя' },
  proven: (time) => `проверен в ${time}`,
  ofRelease: (release) => `от ${release}`,

  youAre: (name, person) => `Вы ${name} (${person} в planb.yaml).`,
  stranger: (name) => `${name}, в planb.yaml вас ещё нет. Попросите вставить туда это, с коротким именем вместо \`you\`:`,
  yourGroups: (groups) => `Группы: ${groups}.`,
  noGroups: 'Вы не состоите ни в одной группе: ни запрашивать, ни голосовать нельзя.',
  idsToPaste: 'Идентификаторы этой учётной записи и этого места:',
  workspace: (id) => `Пространство Slack: ${id}.`,

  noted: (run) => `Записано в журнал запуска ${run}.`,
  unheld: (target, release) => `Удержание ${target} снято: подмены больше нет${release === undefined ? '' : `, в его файлах указан ${release}`}.`,

  approved: (given, needed) => `Одобрено, ${given}/${needed}.`,
  starts: 'Запуск начинается.',
  stillNeeded: (count, names) => `${count === 1 ? 'Нужен ещё один голос' : `Нужно ещё ${countRussian(count, { one: 'голос', few: 'голоса', many: 'голосов' })}`}: ${names}.`,
  nobodyElse: 'Голосовать больше некому: проверьте `approval.from` в planb.yaml.',
  alone: (run) => `Запуск ${run} начинается по вашему слову; все, кто может вмешаться, узнают почему.`,
  rejected: (run) => `Отклонено. Запуск ${run} закончен.`,

  answered: {
    retry: (step) => `Повтор: ${step}.`,
    waive: (step) => `Разрешено: ${step} начнётся с бэкапом, восстановление которого никто не видел.`,
    skip: (step) => `Пропущено: ${step}. Запуск идёт дальше, итог не будет «проверено».`,
    done: (step) => `Засчитано: ${step}. Запуск идёт дальше.`,
    failed: (step) => `Не вышло: ${step}. Доска спросит, что делать.`,
    here: (step) => `Вы на связи: ${step}.`,
    stop: (step) => `Остановлено на ${step}.`,
  },
  proposed: (answer, names) => `«${answer}»: записано. Подействует, когда то же выберет ${names}.`,
  stopRequested: (run) => `Запуск ${run} останавливается. Сначала завершается то, что идёт.`,
  stopped: (run) => `Запуск ${run} остановлен.`,

  accepted: (run, subject) => `Запуск ${run}: составляется план, ${subject}. План появится на доске.`,
  fault: (command: string) => `planb не смог это выполнить: внутренняя ошибка, подробности в его журнале. Прежде чем повторять, посмотрите ${command} status.`,
  seeBoard: 'Открыть доску',

  helpTitle: 'planb возвращает прежний релиз. Ничего не начнётся, пока план не одобрят те, кого он называет.',
};
