import type { NoticeWords } from '../en/notices.js';

export const ruNotices: NoticeWords = {
  planReady: (subject, given, needed) => `${subject}: план ждёт голосов, ${given}/${needed}.`,
  replanned: (subject, given, needed) => `${subject}: система изменилась, прежние голоса не действуют. Новый план ждёт голосов, ${given}/${needed}.`,
  remaining: (subject, given, needed) => `${subject}: ПАУЗА на полпути, система изменилась. План оставшегося ждёт голосов, ${given}/${needed}.`,
  loses: (lost) => `ПОТЕРИ: ${lost}.`,
  decideUntil: (time) => `, до ${time}.`,
  votesWanted: 'Голосуют: ',
  answerWanted: 'Решают: ',
  choices: (labels) => `: ${labels}?`,
  still: (text, since) => `ВСЁ ЕЩЁ ЖДЁТ с ${since}: ${text}`,
  escalated: (text, since) => `НИКТО НЕ ОТВЕТИЛ с ${since}: ${text}`,
  drifted: (subject, differences) => `${subject}: система не такая, какой её видел план (${differences}). Голоса не действуют, составляется новый план.`,
  driftedRunning: (subject, differences) => `${subject}: ПАУЗА, система не такая, как ожидает план (${differences}). Составляется план оставшегося.`,
  changed: (title, release, time) => `${title}: СНОВА ЗАПУЩЕН ${release}, замечено в ${time}.`,
  heldExplained: (release, line) => `Был откат на ${release}, но ${line}. Похоже, кто-то выкатил заново.`,
  heldPlain: (release) => `Был откат на ${release}. Похоже, кто-то выкатил заново.`,
  brokenGlass: (subject, who, reason) => `В ОДИНОЧКУ: решение взял на себя один человек, ${who} · ${subject}: «${reason}».`,
  lookNow: ' Посмотрите сейчас: ',
  stop: '.',
};
