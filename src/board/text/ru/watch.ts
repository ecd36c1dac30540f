import { countRussian } from '../../format.js';
import type { WatchWords } from '../en/watch.js';

export const ruWatch: WatchWords = {
  reason: (text) => `Это одна из причин вернуться: ${text}`,
  rule: (name, saw, since, lasted) => `${name}: ${saw}, с ${since} (${lasted})`,
  ruleAtOnce: (name, saw) => `${name}: ${saw}`,
  alert: (name, saw, since) => `алерт ${name}${saw === '' ? '' : `: ${saw}`}, горит с ${since}`,
  over: (name, lasted) => `Снова в норме через ${lasted}: ${name}.`,
  notice: (title, text) => `${title}: ${text}. Само по себе не причина возвращаться.`,
  unread: (title, name, saw, since) => `${title}: нельзя понять, в норме ли «${name}», с ${since}: ${saw}.`,
  more: (title) => `${title}: причин больше, чем здесь сообщается по одной. Все алерты видны в Alertmanager, правила показывает status.`,
  another: 'Ещё одна причина',

  ended: (title, run, duration) => `${title}: наблюдение после запуска ${run} закончено, ${duration}.`,
  removed: (title, run) => `${title}: наблюдение после запуска ${run} закончено раньше: в planb.yaml его больше нет.`,
  quiet: (rules) => (rules === 1 ? 'Его правило всё время было в норме.' : `Все правила (${rules}) всё время были в норме.`),
  summary: (name, held, brief, longest) =>
    `${name}: ${[...(held === 0 ? [] : [`нарушено ${countRussian(held, { one: 'раз', few: 'раза', many: 'раз' })}`]), ...(brief === 0 ? [] : [`ненадолго нарушено ${countRussian(brief, { one: 'раз', few: 'раза', many: 'раз' })}`])].join(', ')}, дольше всего ${longest}`,
  stillBad: (name, since, saw) => `${name}: ВСЁ ЕЩЁ НЕ В НОРМЕ с ${since}: ${saw}`,
  neverRead: (name, saw) => `${name}: прочитать не удалось: ${saw}`,
  kept: (until) => `Старый сервер остаётся до ${until}.`,
  keepOver: (title, run, command) => `${title}: старый сервер после запуска ${run} сохраняли достаточно долго. Когда он больше не нужен: ${command} done ${run}.`,
  concluded: (run) => `Запуск ${run} завершён: старый сервер можно отключать.`,
  concludedNote: 'Завершено: старый сервер больше не сохраняется.',

  status: (title, run, until) => `${title}: наблюдение после запуска ${run} до ${until}`,
  statusGood: (rules) => `${countRussian(rules, { one: 'правило', few: 'правила', many: 'правил' })}, всё в норме`,
  statusBad: (name, since, saw) => `${name} НЕ В НОРМЕ с ${since}: ${saw}`,
  statusUnread: (name, since, saw) => `${name}: не читается с ${since}: ${saw}`,
  statusKept: (title, run, until) => `${title}: старый сервер запуска ${run} остаётся до ${until}`,
  statusKeptOver: (title, run) => `${title}: старый сервер запуска ${run} ждёт, когда его отпустят`,

  raised: (source, name, person) => `по сигналу (${source === 'rule' ? 'правило' : 'алерт'} ${name}), от имени: ${person}`,
  preapproved: (source, name) => `ОДОБРЕНО ЗАРАНЕЕ ПРАВИЛАМИ (${source === 'rule' ? 'правило наблюдения' : 'алерт'} «${name}»)`,
  preapprovedNotice: (subject, policy) => `${subject}: НАЧИНАЕТСЯ БЕЗ ГОЛОСОВ, ${policy}. `,
  stopIt: ': остановите на доске, если это не нужно.',
};
