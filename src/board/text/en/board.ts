import type { RunKind } from '../../../command/command.js';
import type { ButtonAction } from '../../model.js';
import type { HealthReading } from '../../view.js';
import type { VerdictKind } from '../../../verdict/verdict.js';
import { countEnglish } from '../../format.js';

export type OwnError = 'backup-not-proven' | 'backup-not-whole';

const verdicts: Record<VerdictKind, string> = {
  'revert-only': 'revert only',
  'clean-history': 'revert and clean the migration history',
  'reverse-migrations': 'revert and reverse migrations',
  'restore-backup': 'revert and restore the database from a backup',
  'roll-forward': 'do not go back: roll forward',
  'nothing-to-do': 'nothing to do',
};

const health: Record<HealthReading['state'], string> = { up: 'up', down: 'down', unclear: 'unclear whether it is up' };

/** Errors of planb's own making, by code; others are shown as the action said them. */
const errors: Record<OwnError, string> = {
  'backup-not-proven': 'it destroys data, and no backup of this run is proven by a restore',
  'backup-not-whole': 'it destroys data, and the proven backup was taken while the target could still write; nothing counted and exported what came after it',
};

/** What a run of this kind is called beside the target's title; a rollback needs no word, its arrow says it. */
const kinds: Record<RunKind, string> = { rollback: 'rollback', repair: 'repair', upgrade: 'upgrade', migration: 'migration', preflight: 'preflight', verify: 'check' };

const buttons: Record<ButtonAction, string> = {
  'approve': 'Approve', 'reject': 'Reject', 'details': 'Details', 'stop': 'Stop', 'plan-again': 'Plan again',
  'retry': 'Retry', 'skip': 'Skip', 'waive': 'Waive', 'it-was-done': 'It was done', 'done': 'Done', 'failed': 'Failed', 'here': 'Here', 'bring-back': 'Bring the data back', 'accept-loss': 'Accept the loss',
};

export const enBoard = {
  labels: {
    now: 'NOW', verdict: 'VERDICT', why: 'WHY', plan: 'PLAN', lost: 'LOST', outage: 'OUTAGE', run: 'RUN', votes: 'VOTES', step: 'STEP', drift: 'DRIFT',
    changed: 'CHANGED', error: 'Error', probe: 'Probe', todo: 'TO DO', here: 'HERE', held: 'HELD', doThis: 'DO', notChecked: 'NOT CHECKED', next: 'NEXT', also: 'ALSO', glass: 'BREAK-GLASS', note: 'NOTE',
  },
  kinds, buttons, verdicts, health, errors,
  scenarios: {
    'before-switch': 'back, way 1 of 4: DNS has not moved and stays', 'just-switched': 'back, way 2 of 4: DNS back to the old server',
    'hours-later': 'back, way 3 of 4: bring the new rows over, then DNS back', 'day-later': 'back, way 4 of 4, a day later: ',
  },
  dataOf: { sync: 'the whole database back, then DNS', accept: 'DNS back, the new data is given up' },
  expected: (from: string, to: string, of: string | undefined) => (of === undefined ? `${from === to ? from : `${from}–${to}`} by the guide` : `about ${to}, as in run ${of}`),
  atOnce: 'at once',
  chosenByPeople: 'chosen by people',
  none: 'nothing',
  noOutage: 'none expected',

  runName: (run: string) => `run ${run}`,
  moving: (release: string) => `${release} (moving tag)`,
  quoted: (text: string) => `"${text}"`,
  people: (count: number) => countEnglish(count, 'other', 'others'),
  steps: (done: number, all: number) => `Steps ${done}/${all}`,
  stepOf: (index: number, all: number, name: string) => `${index}/${all} ${name}`,

  notMeasured: 'not measured yet',
  healthSince: (state: string, time: string) => `${state} since ${time}`,
  readAt: (time: string) => `read ${time}`,
  running: (release: string) => `running ${release}`,

  planning: { first: 'being made; nothing is touched', again: 'being made anew, because the system changed; nothing is touched meanwhile' },
  progress: (text: string) => `planning: ${text}`,
  nothingChangedYet: 'nothing',
  changedPerhaps: (done: string, perhaps: string) => `${done}; perhaps in part: ${perhaps}`,
  estimate: (outage: string, run: string) => ({ outage, run }),
  atLeast: (time: string) => `at least ${time}`,

  asked: (name: string) => `${name} asked`,
  scopes: { app: 'app', migration: 'migration', performance: 'performance', security: 'security', other: 'other' },
  backup: {
    proven: (time: string, size: string) => `backup proven ${time}${size}`,
    taken: (time: string, size: string) => `backup taken ${time}${size}, not proven by a restore`,
    running: (time: string) => `backup running since ${time}`,
    before: 'backup does not wait for the votes',
    notTaken: 'no backup taken',
    inPlan: 'backup is a step of the plan',
    failed: 'backup FAILED',
    unknown: 'backup: outcome unknown',
    skipped: 'NO BACKUP, skipped',
    cancelled: 'backup cancelled',
    notProvable: (time: string, size: string) => `backup taken ${time}${size}, not provable`,
    size: (size: string) => ` (${size})`,
  },

  votes: (given: number, needed: number, names: readonly string[]) => [`${given}/${needed}`, ...(names.length === 0 ? [] : [names.join(', ')])].join(' '),
  approver: (name: string, platform: string) => `${name} (${platform})`,
  platforms: { slack: 'Slack', telegram: 'Telegram', cli: 'CLI' },
  mayVote: (names: string) => `may vote: ${names}`,
  noVotes: 'none needed: every step only looks or prepares',
  codeNeeded: 'each with their own code',
  alone: (who: string, time: string, reason: string) => `${who} alone, ${time}: "${reason}"`,
  enough: 'starting; the system is read once more',
  nobodyLeft: 'nobody else may vote',
  untilTime: (time: string) => `until ${time}`,
  requesterExcluded: 'the requester does not count',
  paused: 'PAUSED',
  remainingPlan: 'This is the plan of what remains; Reject ends the run here',
  driftVoided: 'The system is not what the plan saw; earlier votes are void',
  driftPaused: 'The system is not what the plan expected here',
  driftPlanned: (label: string, planned: string, now: string) => `${label}: planned ${planned}, now ${now}`,
  differences: (count: number) => countEnglish(count, 'more difference'),
  prepareFailed: (name: string, message: string) => `${name} failed while preparing: ${message}`,

  runningSince: (time: string) => `running since ${time}`,
  starting: 'starting',
  approvedBy: (names: string) => `approved by ${names}`,
  waivedBy: (names: string) => `begun without a proven backup: ${names}`,
  approvedLine: (names: string) => `Approved by ${names}`,
  retriesAt: (time: string) => `tries again by itself at ${time}`,

  needs: (names: string) => `needs ${names}`,
  needsAny: (count: number) => `needs one of ${count} people`,
  needsSecond: (answer: string, names: string) => `"${answer}" needs a second person: ${names}`,
  failedAt: (step: string) => `FAILED at ${step}`,
  unknownAt: (step: string) => `UNKNOWN outcome at ${step}`,
  manualAt: (step: string) => `YOUR TURN at ${step}`,
  presentAt: (step: string) => `WHO IS HERE? at ${step}`,
  present: (here: number, awaited: number, names: readonly string[]) => [`${here}/${awaited}`, ...(names.length === 0 ? [] : [names.join(', ')])].join(' '),
  stopping: 'STOPPING',
  stoppingBy: (name: string) => `asked by ${name}`,
  stoppingWaits: (steps: string) => `ending ${steps} first`,
  proposed: (name: string, answer: string, others: string) => `${name} chose "${answer}". It counts once ${others} chooses it too`,

  answers: {
    retryRead: 'looks again; changes nothing',
    retryIdempotent: 'runs it again; safe to repeat',
    retryOnce: (what: string) => `runs ${what} a second time`,
    retryOnceUnknown: (what: string) => `runs ${what} a second time; if the first one did act, it acts twice`,
    theStep: 'the step',
    skip: 'goes on without it; the run cannot end verified',
    skipCheck: 'goes on unchecked; the run cannot end verified',
    skipStays: (release: string) => `${release} stays; the run cannot end verified`,
    skipBackup: 'goes on without a backup; destructive steps still refuse to start',
    waive: 'goes on with a backup that nobody has seen restored; what is destroyed may be gone for good',
    itWasDone: 'counts as done and goes on; choose it only if you have seen it yourself',
    manualDone: 'you did it: the run goes on',
    manualFailed: 'you could not: asks whether to retry, skip or stop',
    here: 'you are at hand until this is over; each person counts once',
    stop: 'ends here; nothing more is touched',
    stopDown: 'ends here; the service stays down',
    stopThen: {
      return: 'ends here, and the way back is planned at once: where DNS has not moved it starts the old server by itself, else people vote on it',
      release: 'ends here, and the way back is planned at once; people vote on it',
    },
    second: 'asks a second person',
    secondNow: 'takes effect at once',
  },

  confirm: {
    title: { 'approve': 'Approve this plan?', 'retry': 'Retry?', 'skip': 'Skip?', 'waive': 'Go on without a proven backup?', 'it-was-done': 'It was done?', 'reject': 'Reject and end the run?' },
    loses: (lost: string) => `This is lost: ${lost}`,
    second: 'A second person must choose the same.',
    back: 'Back',
  },

  ended: {
    back: (release: string) => `BACK ON ${release}`,
    on: (release: string) => `NOW ON ${release}`,
    kinds: { rollback: 'ROLLED BACK', repair: 'REPAIRED', upgrade: 'UPGRADED', migration: 'MIGRATED', preflight: 'PREFLIGHT PASSED', verify: 'HEALTHY' },
    verified: (time: string) => `verified ${time}`,
    held: (time: string) => `held ${time}`,
    notVerified: (time: string) => `FINISHED ${time}, NOT VERIFIED`,
    checkByHand: 'check the service by hand',
    noCheck: 'the runbook has no check',
    stopped: (time: string) => `STOPPED ${time}`,
    by: (name: string) => `by ${name}`,
    at: (step: string) => `at ${step}`,
    rejected: (name: string, time: string) => `REJECTED by ${name} ${time}`,
    rejectedTime: (time: string) => `REJECTED ${time}`,
    expired: (time: string) => `EXPIRED ${time}`,
    expiredVotes: (given: number, needed: number) => `${given}/${needed} votes in time`,
    ranOut: 'votes on the rest of the plan did not come in time',
    planningFailed: 'NO PLAN',
    nothingToDo: 'NOTHING TO DO',
    untouched: 'Nothing was touched',
    outage: (span: string) => `Outage ${span}`,
    outageSince: (time: string) => `Outage since ${time}, not over`,
    noOutage: 'no outage seen',
    run: (duration: string) => `Run ${duration}`,
    checks: (passed: number, all: number) => `checks ${passed}/${all}`,
    notRun: (steps: string) => `Not run: ${steps}`,
    heldLine: (line: string) => `${line}; until that line is changed, a plain deploy brings the bad release back`,
  },
};

/** The words of a board. Russian has the same keys, or it does not compile. */
export type BoardWords = typeof enBoard;
