import type { RefusalSentences, RefusalWords } from '../../refusals.js';

const quoted = (text: string | undefined, otherwise = ''): string => (text === undefined ? otherwise : `«${text}»`);
const maybe = (text: string | undefined, say: (text: string) => string): string => (text === undefined ? '' : ` ${say(text)}`);
const meant = (words: RefusalWords): string => maybe(words.nearest, (nearest) => `Может быть, «${nearest}»?`);
const oneOf = (list: string | undefined): string => maybe(list, (choices) => `Есть: ${choices}.`);
const run = (words: RefusalWords): string => (words.run === undefined ? 'Этот запуск' : `Запуск ${words.run}`);
const ofRun = (words: RefusalWords): string => (words.run === undefined ? 'этого запуска' : `запуска ${words.run}`);
const step = (words: RefusalWords): string => (words.step === undefined ? 'Этот шаг' : `Шаг «${words.step}»`);
const ofStep = (words: RefusalWords): string => (words.step === undefined ? 'этого шага' : `шага «${words.step}»`);
const runbook = (words: RefusalWords): string => (words.runbook === undefined ? 'этого сценария' : `сценария ${words.runbook}`);

/** See src/board/refusals.ts for the words that each sentence may use. */
export const ruRefusals: RefusalSentences = {
  'unknown-command': (w) => `${quoted(w.text, 'Это')} — не команда.${meant(w)} Все команды: ${w.command} help.`,
  'malformed-command': (w) => `Не получается разобрать${maybe(w.text, (text) => `«${text}»`)}.${maybe(w.expected, (form) => `Ожидалось: ${form}.`)}${meant(w)}`,
  'unknown-target': (w) => `Цели${maybe(w.target, (target) => `«${target}»`)} нет.${meant(w)}${w.nearest === undefined ? oneOf(w.targets) : ''} Список: ${w.command} targets.`,
  'unknown-run': (w) => (w.run === undefined
    ? `Какой запуск? Назовите его номер после слова или ответьте в обсуждении его доски. Идущие покажет ${w.command} status.`
    : `Запуска «${w.run}» нет. Идущие покажет ${w.command} status, прошлые — ${w.command} history.`),
  'unknown-runbook': (w) => `У ${w.target ?? 'этой цели'} нет сценария${maybe(w.runbook, (name) => `«${name}»`)}.${meant(w)}${oneOf(w.runbooks)}`,
  'unknown-release': (w) => `${w.target ?? 'Цель'} не может перейти на ${quoted(w.release, 'этот релиз')}: planb не может его получить.${meant(w)}${w.nearest === undefined ? oneOf(w.releases) : ''}`,
  'malformed-release': (w) => `${quoted(w.release, 'Это')} не может быть именем релиза. Нужен тег, версия или ревизия, например 1.81.14.`,
  'release-is-running': (w) => `На ${w.target ?? 'цели'} уже запущен ${w.release ?? w.running ?? 'этот релиз'}. Проверить здоровье: ${w.command} verify ${w.target ?? '<target>'}.`,
  'no-known-good-release': (w) => `Исправного прошлого релиза ${w.target ?? 'этой цели'} planb пока не знает. Назовите его: ${w.command} ${w.target ?? '<target>'} to <release>.${oneOf(w.releases)}`,
  'unknown-parameter': (w) => `У ${runbook(w)} нет параметра${maybe(w.parameter, (name) => `«${name}»`)}.${meant(w)}${oneOf(w.parameters)}`,
  'missing-parameter': (w) => `Для ${runbook(w)} не хватает параметра${maybe(w.parameter, (name) => `«${name}»`)}. Укажите его и повторите.`,
  'target-locked': (w) => `Цель${maybe(w.target, (target) => target)} занята: запуск${maybe(w.run, (id) => id)}${w.holder === undefined ? '' : `, автор ${w.holder}`}${w.since === undefined ? '' : `, с ${w.since}`}. Дождитесь конца или остановите: ${w.command} stop ${w.run ?? '<run>'}.`,
  'not-a-person': (w) => `${w.name === undefined ? 'planb вас не знает' : `planb не знает, кто такой ${w.name}`}. Отправьте ${w.command} whoami и попросите добавить ваш идентификатор в planb.yaml.`,
  'not-a-requester': (w) => `Запрашивать запуски ${w.target ?? 'этой цели'} вам нельзя.${maybe(w.requesters, (names) => `Могут: ${names}.`)} Ваши группы: ${w.command} whoami.`,
  'not-a-voter': (w) => `Ваш голос в этом запуске не считается.${maybe(w.voters, (names) => `Решают: ${names}.`)} Ваши группы: ${w.command} whoami.`,
  'requester-may-not-vote': () => 'Запрос ваш, а по правилам цели голосуют другие. Попросите кого-нибудь одобрить.',
  'already-voted': (w) => `Вы уже одобрили этот план${maybe(w.since, (since) => `в ${since}`)}; теперь нужны голоса других.`,
  'already-rejected': (w) => `Вы отклонили этот план, изменить это нельзя. Запросите новый: ${w.command}.`,
  'plan-outdated': (w) => `Это прежний план, система с тех пор изменилась. Прочитайте новый на доске ${ofRun(w)} и голосуйте там.`,
  'button-outdated': (w) => `Эта кнопка устарела. Смотрите, что на доске ${ofRun(w)} сейчас.`,
  'vote-expired': (w) => `Время голосовать за план ${ofRun(w)} вышло. Нажмите на доске «Составить заново».`,
  'quorum-not-reached': (w) => `Голосов не хватает${w.given === undefined || w.needed === undefined ? '' : ` (${w.given}/${w.needed})`}: голос истёк или человек вышел из группы. Проголосуйте снова.`,
  'not-waiting-for-votes': (w) => `${run(w)} сейчас не ждёт голосов. Где он, видно на доске.`,
  'not-waiting-for-an-answer': (w) => `${run(w)} сейчас не ждёт ответа. Где он, видно на доске.`,
  'answer-does-not-fit': (w) => `Для ${ofStep(w)} такой ответ не подходит.${maybe(w.answers, (answers) => `Подходят: ${answers}.`)}`,
  'not-done-yet': (w) => `${step(w)} ещё не выполнен${w.saw === undefined ? '' : `, planb видит: ${w.saw}`}. Когда будет готово, ответьте снова.`,
  'second-person-needed': (w) => `Ваш выбор для ${ofStep(w)} записан; то же должен выбрать второй человек.`,
  'run-ended': (w) => `${run(w)} закончен${w.outcome === undefined ? '' : ` (${w.outcome})`}, изменить его нельзя. Запросите новый.`,
  'run-not-running': (w) => `${run(w)} сейчас не идёт. Где он, видно на доске.`,
  'step-not-ready': (w) => `${step(w)} начинать рано: не закончен шаг, от которого он зависит.`,
  'step-already-started': (w) => `${step(w)} уже начат.`,
  'attempt-outdated': (w) => `Это прежняя попытка ${ofStep(w)}; считается нынешняя.`,
  'destructive-runs-alone': (w) => `${step(w)} ждёт: разрушающий шаг идёт один.`,
  'backup-not-proven': (w) => `${step(w)} не начнётся: он уничтожает данные, а проверенного бэкапа у этого запуска нет. Повторите бэкап или остановите запуск.`,
  'code-needed': () => 'В командной строке для голоса нужен ваш одноразовый код: добавьте --code.',
  'code-wrong': () => 'Одноразовый код неверен или уже использован. Дождитесь следующего и повторите.',
  'too-many-codes': () => 'Слишком много неверных кодов: ваши коды не принимаются десять минут.',
  'second-factor-needed': (w) => `Этот план уничтожает данные, поэтому нужен ваш текущий код: ${w.command} ${w.words ?? 'approve'} ${w.run ?? '<запуск>'} <код>. Кода ещё нет? Вам нужен "totp" в planb.yaml.`,
  'break-glass-off': () => 'Запустить этот план в одиночку нельзя никому: в его правилах нет "breakGlass".',
  'may-not-break-glass': (w) => `Запускать план в одиночку вам нельзя.${maybe(w.voters, (names) => `Могут: ${names}.`)}`,
  'reason-needed': (w) => `Назовите причину: ${w.command} break-glass ${w.run ?? '<запуск>'} because <причина>. Она останется в журнале.`,
  'bot-sender': () => 'Бот не может ни запрашивать, ни голосовать: нужен человек.',
  'guest-sender': () => 'Гости этого пространства не могут ни запрашивать, ни голосовать. Нужен постоянный участник.',
  'anonymous-sender': () => 'Вы пишете как анонимный админ, и planb не видит, кто вы. Отключите «Анонимность» в своих правах админа и отправьте снова.',
  'other-workspace': () => 'Вы из другого пространства Slack; запрашивать и голосовать могут только участники этого.',
  'kept-until': (w) => `${run(w)}: завершать рано, до ${w.until ?? 'срока'} старый сервер остаётся, чтобы было куда вернуться.`,
  'not-held': (w) => `${w.target ?? 'Эта цель'}: удержания нет, снимать нечего.`,
  'state-does-not-allow': (w) => `${run(w)} сейчас этого не может. Где он, видно на доске.`,
};
