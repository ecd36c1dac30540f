import { countEnglish } from '../../format.js';
import type { BackupProofState } from '../../../ports/backups.js';

const proofs: Record<Exclude<BackupProofState['state'], 'proven'>, string> = { 'not-proven': 'NOT proven', 'not-provable': 'not provable' };

export const enReplies = {
  noTargets: 'planb.yaml names no target yet. Add one under `targets:`, then run `planb check`.',
  running: (release: string) => `running ${release}`,
  lastGood: (release: string) => `last known good ${release}`,
  liveRun: (run: string) => `run ${run} is live`,
  held: (line: string) => `HELD: ${line}`,

  noLiveRuns: 'No run is live.',
  runs: (count: number) => `${countEnglish(count, 'run is', 'runs are')} live.`,
  waitsForVotes: (votes: string) => `waits for votes ${votes}`,
  planning: 'planning',
  runningStep: (steps: string) => `running ${steps}`,
  stopping: 'stopping',

  noHistory: (target: string) => `No run of ${target} is on record.`,
  noHistoryAtAll: 'No run is on record.',
  askedBy: (name: string) => `asked by ${name}`,
  approvedBy: (names: string) => `approved by ${names}`,

  noBackups: (target: string) => `planb knows no backup of ${target}. A plan with a \`postgres.backup\` step takes one; \`planb backups register\` names one that was taken elsewhere.`,
  noneProven: 'NONE of these is proven.',
  moreBackups: (count: number, proven: number) => `and ${countEnglish(count, 'older one')}, ${proven === 0 ? 'none' : proven} of them proven.`,
  database: (name: string) => `database ${name}`,
  filesGone: 'FILES GONE',
  registered: 'taken elsewhere',
  proofs,
  proven: (time: string) => `proven ${time}`,
  ofRelease: (release: string) => `of ${release}`,

  youAre: (name: string, person: string) => `You are ${name} (${person} in planb.yaml).`,
  stranger: (name: string) => `${name}, planb.yaml does not know you yet. Have this pasted there, with a short name instead of \`you\`:`,
  yourGroups: (groups: string) => `Groups: ${groups}.`,
  noGroups: 'You are in no group, so you may neither request nor vote.',
  idsToPaste: 'The ids of this account and this place:',
  workspace: (id: string) => `Slack workspace ${id}.`,

  noted: (run: string) => `Noted in the record of run ${run}.`,
  unheld: (target: string, release: string | undefined) => `${target} is no longer held: the override is gone${release === undefined ? '' : `, its own files name ${release}`}.`,

  approved: (given: number, needed: number) => `Approved, ${given}/${needed}.`,
  starts: 'The run starts.',
  stillNeeded: (count: number, names: string) => `Still needed: ${count === 1 ? 'one' : count} of ${names}.`,
  nobodyElse: 'Nobody else may vote now: check `approval.from` in planb.yaml.',
  alone: (run: string) => `Run ${run} starts on your word alone; everyone who may act is told why.`,
  rejected: (run: string) => `Rejected. Run ${run} is over.`,

  answered: {
    retry: (step: string) => `Retry: ${step} runs again.`,
    waive: (step: string) => `Waived: ${step} begins with a backup that nobody has seen restored.`,
    skip: (step: string) => `Skipped: ${step}. The run goes on and cannot end verified.`,
    done: (step: string) => `Done: ${step}. The run goes on.`,
    failed: (step: string) => `Failed: ${step}. The board asks what to do.`,
    here: (step: string) => `You are here: ${step}.`,
    stop: (step: string) => `Stopped at ${step}.`,
  },
  proposed: (answer: string, names: string) => `"${answer}" is noted. It counts once ${names} chooses it too.`,
  stopRequested: (run: string) => `Stopping run ${run}. What is running is ended first.`,
  stopped: (run: string) => `Run ${run} is stopped.`,

  accepted: (run: string, subject: string) => `Run ${run}: planning ${subject}. The board shows the plan.`,
  fault: (command: string) => `planb could not carry this out: a fault of its own, which its log has. Look at ${command} status before you try again.`,
  seeBoard: 'Open the board',

  helpTitle: 'planb takes a bad release back. Nothing runs before the people that the plan names have approved it.',
};

/** The words of answers to a command. */
export type ReplyWords = typeof enReplies;
