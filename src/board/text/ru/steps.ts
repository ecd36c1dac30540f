import type { StepWords } from '../en/steps.js';

export const ruSteps: StepWords = {
  pending: 'впереди',
  pendingPrepare: 'может начаться, не дожидаясь голосов',
  estimated: (note, time) => `${note}, ${time}`,
  running: (time) => `идёт с ${time}`,
  retrying: (time, message) => `ошибка, новая попытка в ${time}: ${message}`,
  failed: (message) => `ошибка: ${message}`,
  unknown: 'исход неизвестен',
  awaiting: (time) => `ждёт человека с ${time}`,
  done: (duration) => `готово за ${duration}`,
  doneAfter: (duration, attempts) => `готово за ${duration}, попытка ${attempts}`,
  saidDone: (names) => `сделано, подтверждает ${names}`,
  tolerated: (message) => `ошибка, шаг необязательный: ${message}`,
  skipped: (names) => `пропущено: ${names}`,
  skippedPlain: 'пропущено',
  cancelled: 'отменено',
  notRun: 'не выполнялось',
  leftFailed: (message) => `ошибка, так и осталось: ${message}`,
  leftUnknown: 'исход неизвестен, так и осталось',
  leftWaiting: 'не сделано',
  attempt: (note, attempt) => `${note} (попытка ${attempt})`,
};
