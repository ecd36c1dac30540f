import { personOfRole, type Role } from './roles.js';
import type { Situation } from './situations.js';

/** Every word, as people say it. */
export const words = ['approve', 'reject', 'break-glass', 'break-glass without a reason', 'retry', 'skip', 'waive', 'done', 'failed', 'here', 'stop', 'note'] as const;
export type Word = (typeof words)[number];

/** Every way in. A button carries what it meant when it was shown; `proof` is what the code that came along was worth. */
export const paths = {
  'slack button': { platform: 'slack', button: 'present', proof: 'none' },
  'slack button and code': { platform: 'slack', button: 'present', proof: 'right' },
  'slack button and wrong code': { platform: 'slack', button: 'present', proof: 'wrong' },
  'slack button of an older board': { platform: 'slack', button: 'old', proof: 'none' },
  'slack button, copied to another message': { platform: 'slack', button: 'copied', proof: 'right' },
  'slack command': { platform: 'slack', proof: 'none' },
  'slack command with a code': { platform: 'slack', proof: 'right' },
  'slack thread': { platform: 'slack', proof: 'none' },
  'telegram button': { platform: 'telegram', button: 'present', proof: 'none' },
  'telegram button, copied to another message': { platform: 'telegram', button: 'copied', proof: 'none' },
  'telegram command': { platform: 'telegram', proof: 'none' },
  'telegram reply with a code': { platform: 'telegram', proof: 'right' },
  'telegram reply, code of somebody without a secret': { platform: 'telegram', proof: 'unknown' },
  'command line': { platform: 'cli', proof: 'right' },
  'command line without a code': { platform: 'cli', proof: 'none' },
  'command line with a wrong code': { platform: 'cli', proof: 'wrong' },
} as const;
export type Path = keyof typeof paths;

/** What is said, by whom, on which way, to what. */
export interface Case {
  readonly role: Role;
  readonly word: Word;
  readonly situation: Situation;
  readonly path: Path;
}

export function hasButton(word: Word): boolean {
  return !word.startsWith('break-glass') && word !== 'note';
}

type Rule = readonly [when: (of: Case) => boolean, then: string];

const isVote = ({ word }: Case): boolean => word === 'approve' || word === 'reject';
const isGlass = ({ word }: Case): boolean => word.startsWith('break-glass');
const isAnswer = (of: Case): boolean => !isVote(of) && !isGlass(of) && of.word !== 'note' && !stopsTheRun(of);
const isVoter = ({ role }: Case): boolean => role === 'requester' || role === 'voter';
const button = ({ path }: Case): string | undefined => { const way = paths[path]; return 'button' in way ? way.button : undefined; };
/** Typed, or pressed while nothing waits, Stop is for the whole run; pressed at a question it is an answer to it. */
const stopsTheRun = (of: Case): boolean => of.word === 'stop' && (button(of) === undefined || of.situation.waits === undefined);
const needsCode = ({ situation: { plan } }: Case): boolean => plan?.policy.secondFactor === 'totp' && plan.steps.some(({ destructive }) => destructive);
const isProven = ({ path }: Case): boolean => paths[path].proof === 'right';
const asksASecond = ({ situation: { waits } }: Case): boolean => waits?.destructive === true;
const fitting = { failed: ['retry', 'skip', 'stop'], unknown: ['done', 'retry', 'stop'], awaiting: ['done', 'failed', 'stop'] } as const;
const fits = ({ word, situation: { waits } }: Case): boolean => waits !== undefined && (fitting[waits.as] as readonly string[]).includes(word);
const ends = (first: string) => ({ situation }: Case): string => `${first} ${situation.busy ? 'RunEnding' : 'RunEnded'}`;

/**
 * Who may do what when, in the order in which it is judged: the first rule that fits says what comes of it, a reason code or the events. Written from design.md
 * (rule 1) and docs/approvals.md, not from the code.
 */
export const rules: readonly (Rule | readonly [when: (of: Case) => boolean, then: (of: Case) => string])[] = [
  [({ situation }) => situation.phase === 'new', 'unknown-run'],

  // Who it is.
  [({ role }) => role === 'bot', 'bot-sender'],
  [({ role }) => role === 'guest', 'guest-sender'],
  [({ role }) => role === 'anonymous', 'anonymous-sender'],
  [({ role }) => role === 'foreigner' || role === 'unsaid workspace', 'other-workspace'],
  [({ role }) => role === 'stranger', 'not-a-person'],

  // Notes are for who may vote or ask, at any time, and prove nothing.
  [({ word, role }) => word === 'note' && ['requester', 'voter', 'asker'].includes(role), 'NoteAdded'],
  [({ word }) => word === 'note', 'not-a-voter'],

  // Whether it is proven, and from the board.
  [({ path }) => paths[path].proof === 'wrong', 'code-wrong'],
  [(of) => paths[of.path].platform === 'cli' && !isProven(of), 'code-needed'],
  [(of) => button(of) === 'copied', 'button-outdated'],
  [({ situation }) => situation.phase === 'ended', 'run-ended'],

  // Breaking glass.
  [(of) => isGlass(of) && of.situation.phase !== 'voting', 'not-waiting-for-votes'],
  [(of) => isGlass(of) && of.situation.plan?.policy.breakGlass === undefined, 'break-glass-off'],
  [(of) => isGlass(of) && of.role !== 'lead', 'may-not-break-glass'],
  [({ word }) => word === 'break-glass without a reason', 'reason-needed'],
  [(of) => isGlass(of) && of.situation.expired, 'vote-expired'],
  [(of) => isGlass(of) && needsCode(of) && !isProven(of), 'second-factor-needed'],
  [isGlass, 'GlassBroken'],

  // Stop, while nothing has started, also for the one who asked.
  [(of) => stopsTheRun(of) && !isVoter(of) && !(of.situation.fresh && personOfRole[of.role] === of.situation.requester), 'not-a-voter'],
  [(of) => stopsTheRun(of) && of.situation.phase === 'ending', ''],
  [stopsTheRun, ends('StopRequested')],

  [(of) => !isVoter(of), 'not-a-voter'],

  // Votes.
  [(of) => isVote(of) && of.situation.phase === 'planning' && button(of) !== undefined, 'plan-outdated'],
  [(of) => isVote(of) && of.situation.phase !== 'voting', 'not-waiting-for-votes'],
  [(of) => isVote(of) && button(of) === 'old', 'plan-outdated'],
  [(of) => isVote(of) && of.situation.expired, 'vote-expired'],
  [({ word }) => word === 'reject', ends('VoteCast')],
  [({ word, role, situation }) => word === 'approve' && situation.approved.includes(personOfRole[role] ?? ''), 'already-voted'],
  [({ word, role, situation }) => word === 'approve' && role === 'requester' && situation.plan?.policy.requesterCounts === false, 'requester-may-not-vote'],
  [(of) => of.word === 'approve' && needsCode(of) && !isProven(of), 'second-factor-needed'],
  [({ word }) => word === 'approve', 'VoteCast'],

  // Answers.
  [(of) => isAnswer(of) && button(of) !== undefined && (of.situation.waits === undefined || button(of) === 'old'), 'button-outdated'],
  [(of) => isAnswer(of) && of.situation.waits === undefined, 'not-waiting-for-an-answer'],
  [(of) => isAnswer(of) && !fits(of), 'answer-does-not-fit'],
  [({ word }) => word === 'stop', ends('AnswerGiven')],
  [(of) => asksASecond(of) && needsCode(of) && !isProven(of), 'second-factor-needed'],
  [(of) => asksASecond(of) && of.situation.waits?.proposed?.answer !== of.word, 'AnswerProposed'],
  [(of) => asksASecond(of) && of.situation.waits?.proposed?.by === personOfRole[of.role], 'second-person-needed'],
  [isAnswer, 'AnswerGiven'],
];

export function ruled(of: Case): string {
  const rule = rules.find(([when]) => when(of));
  if (rule === undefined) throw new Error(`no rule for ${JSON.stringify({ ...of, situation: of.situation.name })}`);
  const [, then] = rule;
  return typeof then === 'string' ? then : then(of);
}
