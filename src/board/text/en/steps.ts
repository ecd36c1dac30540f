export const enSteps = {
  pending: 'to do',
  pendingPrepare: 'may start before the votes are in',
  estimated: (note: string, time: string) => `${note}, ${time}`,
  running: (time: string) => `running since ${time}`,
  retrying: (time: string, message: string) => `failed, tries again at ${time}: ${message}`,
  failed: (message: string) => `failed: ${message}`,
  unknown: 'outcome unknown',
  awaiting: (time: string) => `waits for a person since ${time}`,
  done: (duration: string) => `done in ${duration}`,
  doneAfter: (duration: string, attempts: number) => `done in ${duration}, try ${attempts}`,
  beside: (ms: number, baseline: number) => `answers in ${ms} ms, baseline ${baseline} ms`,
  saidDone: (names: string) => `done, says ${names}`,
  tolerated: (message: string) => `failed, not needed: ${message}`,
  skipped: (names: string) => `skipped by ${names}`,
  skippedPlain: 'skipped',
  cancelled: 'cancelled',
  notRun: 'not run',
  leftFailed: (message: string) => `failed, left so: ${message}`,
  leftUnknown: 'outcome unknown, left so',
  leftWaiting: 'not done, left so',
  attempt: (note: string, attempt: number) => `${note} (try ${attempt})`,
};

/** The status of a checklist line in words: colour and emoji only help. */
export type StepWords = typeof enSteps;
