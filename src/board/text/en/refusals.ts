import type { RefusalSentences, RefusalWords } from '../../refusals.js';

const quoted = (text: string | undefined, otherwise: string): string => (text === undefined ? otherwise : `"${text}"`);
const maybe = (text: string | undefined, say: (text: string) => string): string => (text === undefined ? '' : ` ${say(text)}`);
const meant = (words: RefusalWords): string => maybe(words.nearest, (nearest) => `Did you mean "${nearest}"?`);
const oneOf = (list: string | undefined): string => maybe(list, (choices) => `There are: ${choices}.`);
const run = (words: RefusalWords): string => (words.run === undefined ? 'This run' : `Run ${words.run}`);
const runLater = (words: RefusalWords): string => (words.run === undefined ? 'this run' : `run ${words.run}`);
const step = (words: RefusalWords): string => quoted(words.step, 'This step');

/** See src/board/refusals.ts for the words that each sentence may use. */
export const enRefusals: RefusalSentences = {
  'unknown-command': (w) => `${quoted(w.text, 'That')} is not a command.${meant(w)} ${w.command} help lists them all.`,
  'malformed-command': (w) => `I cannot read ${quoted(w.text, 'that')}.${maybe(w.expected, (form) => `Expected: ${form}.`)}${meant(w)}`,
  'unknown-target': (w) => `There is no target ${quoted(w.target, 'of that name')}.${meant(w)}${w.nearest === undefined ? oneOf(w.targets) : ''} ${w.command} targets shows them.`,
  'unknown-run': (w) => (w.run === undefined
    ? `Which run? Say its id after the word, or answer in the thread of its board. ${w.command} status shows the live ones.`
    : `There is no run "${w.run}". ${w.command} status shows the live ones, ${w.command} history the past ones.`),
  'unknown-runbook': (w) => `${w.target ?? 'The target'} has no runbook ${quoted(w.runbook, 'of that name')}.${meant(w)}${oneOf(w.runbooks)}`,
  'unknown-release': (w) => `${w.target ?? 'The target'} cannot go to ${quoted(w.release, 'that release')}: it is not among the releases that planb can get.${meant(w)}${w.nearest === undefined ? oneOf(w.releases) : ''}`,
  'malformed-release': (w) => `${quoted(w.release, 'That')} cannot be the name of a release. Give a tag, a version or a revision, for example 1.81.14.`,
  'release-is-running': (w) => `${w.target ?? 'The target'} already runs ${w.release ?? w.running ?? 'that release'}. ${w.command} verify ${w.target ?? '<target>'} checks its health.`,
  'no-known-good-release': (w) => `planb knows no earlier good release of ${w.target ?? 'this target'} yet. Name one: ${w.command} ${w.target ?? '<target>'} to <release>.${oneOf(w.releases)}`,
  'unknown-parameter': (w) => `${w.runbook === undefined ? 'The runbook' : `Runbook ${w.runbook}`} has no parameter ${quoted(w.parameter, 'of that name')}.${meant(w)}${oneOf(w.parameters)}`,
  'missing-parameter': (w) => `${w.runbook === undefined ? 'The runbook' : `Runbook ${w.runbook}`} needs the parameter ${quoted(w.parameter, 'that is missing')}. Give it and ask again.`,
  'target-locked': (w) => `${w.target ?? 'The target'} is taken by ${runLater(w)}${maybe(w.holder, (holder) => `of ${holder}`)}${maybe(w.since, (since) => `since ${since}`)}. Wait for its end, or stop it: ${w.command} stop ${w.run ?? '<run>'}.`,
  'not-a-person': (w) => `planb does not know ${w.name ?? 'you'}. Send ${w.command} whoami and have your id added to planb.yaml.`,
  'not-a-requester': (w) => `You may not ask for runs of ${w.target ?? 'this target'}.${maybe(w.requesters, (names) => `Ask ${names}.`)} ${w.command} whoami shows your groups.`,
  'not-a-voter': (w) => `Your word does not count on this run.${maybe(w.voters, (names) => `Ask ${names}.`)} ${w.command} whoami shows your groups.`,
  'requester-may-not-vote': () => 'You asked for this run, and its policy wants the votes of others. Ask someone else to approve.',
  'already-voted': (w) => `You have already approved this plan${maybe(w.since, (since) => `at ${since}`)}; it needs other people now.`,
  'already-rejected': (w) => `You have rejected this plan, and that stands. Ask for a new one: ${w.command}.`,
  'plan-outdated': (w) => `That was an older plan; the system has changed since. Read the fresh one on the board of ${runLater(w)} and vote there.`,
  'button-outdated': (w) => `That button belongs to an older moment of ${runLater(w)}. Use the board as it is now.`,
  'vote-expired': (w) => `The time to vote on ${runLater(w)} is over. Press Plan again on its board.`,
  'quorum-not-reached': (w) => `Not enough people have approved${w.given === undefined || w.needed === undefined ? '' : ` (${w.given}/${w.needed})`}: a vote expired or someone left the group. Vote again.`,
  'not-waiting-for-votes': (w) => `${run(w)} is not waiting for votes. Its board shows where it is.`,
  'not-waiting-for-an-answer': (w) => `${run(w)} is not waiting for an answer. Its board shows where it is.`,
  'answer-does-not-fit': (w) => `That answer does not fit ${quoted(w.step, 'this step')}.${maybe(w.answers, (answers) => `What fits: ${answers}.`)}`,
  'not-done-yet': (w) => `${step(w)} is not done yet${w.saw === undefined ? '' : `, planb sees: ${w.saw}`}. Answer again when it is.`,
  'second-person-needed': (w) => `Your choice for ${quoted(w.step, 'this step')} is noted; a second person must choose the same.`,
  'run-ended': (w) => `${run(w)} has ended${w.outcome === undefined ? '' : `: ${w.outcome}`}. Nothing can change it; ask for a new one.`,
  'run-not-running': (w) => `${run(w)} is not running. Its board shows where it is.`,
  'step-not-ready': (w) => `${step(w)} cannot begin yet: a step that it needs is not done.`,
  'step-already-started': (w) => `${step(w)} has already started.`,
  'attempt-outdated': (w) => `That was an earlier try of ${quoted(w.step, 'this step')}; the present one counts.`,
  'destructive-runs-alone': (w) => `${step(w)} waits: a destructive step runs alone.`,
  'backup-not-proven': (w) => `${step(w)} will not begin: it destroys data and no backup of this run is proven. Retry the backup, or stop.`,
  'code-needed': () => 'On the command line a vote needs your own one-time code: add --code.',
  'code-wrong': () => 'That one-time code is wrong or was used before. Wait for the next one and try again.',
  'too-many-codes': () => 'Too many wrong codes: planb looks at no more of yours for ten minutes.',
  'second-factor-needed': (w) => `This plan destroys data, so your word counts only with your own current code: ${w.command} ${w.words ?? 'approve'} ${w.run ?? '<run>'} <code>. No code yet? Your entry in planb.yaml needs "totp".`,
  'break-glass-off': () => 'Nobody may start this plan alone: its policy names no one under "breakGlass".',
  'may-not-break-glass': (w) => `You may not start a plan alone.${maybe(w.voters, (names) => `Those who may: ${names}.`)}`,
  'reason-needed': (w) => `Say why: ${w.command} break-glass ${w.run ?? '<run>'} because <reason>. It goes on the record.`,
  'bot-sender': () => 'A bot cannot ask or vote; a person must.',
  'guest-sender': () => 'Guests of this workspace cannot ask or vote. A full member must.',
  'anonymous-sender': () => 'You write as an anonymous admin, so planb cannot tell who you are. Turn off "Remain anonymous" in your admin rights and send it again.',
  'other-workspace': () => 'You belong to another Slack workspace; only members of this one can ask or vote.',
  'kept-until': (w) => `${run(w)} is not done before ${w.until ?? 'its time'}: until then the old server stays, so that there is a way back.`,
  'not-held': (w) => `${w.target ?? 'This target'} is not held; there is nothing to undo.`,
  'state-does-not-allow': (w) => `${run(w)} cannot do that now. Its board shows where it is.`,
};
