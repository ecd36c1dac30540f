import type { Answer } from '../command/command.js';
import type { Person } from '../config.js';
import type { Actor, PersonId } from '../person.js';
import type { ButtonMeaning } from '../ports/store.js';
import { accept, refuse, type Decision } from '../refusal.js';
import type { RunCommand } from '../run/command.js';
import { decide } from '../run/decide.js';
import { waitingSteps } from '../run/decide-answer.js';
import type { RunEvent } from '../run/events.js';
import type { RunState } from '../run/state.js';
import { membersOf, personOf, type Roster } from './roster.js';
import { codeTries } from './second-factor.js';

/** What a person says to a run, by a button, a typed command or a word in its thread. */
export type Saying =
  | { readonly kind: 'vote'; readonly choice: 'approve' | 'reject' }
  | { readonly kind: 'break-glass' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'note'; readonly text: string };

/** What was made of the code that came with it. `unknown`: it could not be judged, because planb.yaml has no secret for this person. */
export type Proof = 'none' | 'right' | 'wrong' | 'unknown';

/** One thing said to one run, with everything that its judgement depends on. */
export interface Said {
  readonly saying: Saying;
  readonly actor: Actor;
  readonly proof: Proof;
  readonly reason?: string;
  /** What the pressed button meant when it was shown; absent when typed. */
  readonly meaning?: ButtonMeaning;
  /** The button stands in a message that is not the run's board (any more). */
  readonly foreignButton?: boolean;
}

/** Who counts for what, by planb.yaml of this moment. `requesters`: names of the run's target. */
export interface Standing {
  readonly roster: Roster;
  /** Names of who may vote where the run has no plan yet. */
  readonly from: readonly string[];
  readonly requesters: readonly string[];
}

/**
 * Judges who said it, whether it is proven, and whether it fits: the only way in for every vote, answer and note, whatever it came through. Pure. `now`: milliseconds
 * since the epoch by PostgreSQL's clock.
 */
export function judge(said: Said, standing: Standing, state: RunState, now: number): Decision<readonly RunEvent[]> {
  if (state.phase === 'new') return refuse('unknown-run', { run: state.id });
  const person = speakerOf(said, standing.roster, state, now);
  if (!person.ok) return person;
  if (said.foreignButton === true) return refuse('button-outdated', { run: state.id });
  return decide(commandOf(said, person.value.id, standing, state, now), state);
}

/** The person behind it. On the command line a vote or an answer needs the person's own code, since one shell is not two people; a code that is wrong spoils what came with it everywhere. */
function speakerOf(said: Said, roster: Roster, state: RunState, now: number): Decision<Person> {
  const person = personOf(roster, said.actor);
  if (!person.ok || said.saying.kind === 'note') return person;
  const { id } = person.value;
  if (tooManyCodes(state, id, now)) return refuse('too-many-codes', { person: id });
  if (said.proof === 'wrong') return refuse('code-wrong', { person: id });
  if (said.actor.platform === 'cli' && said.proof !== 'right') return refuse('code-needed', { person: id });
  return accept(person.value);
}

/** Six digits can be tried: after a few wrong ones this person's codes are not looked at for a while. */
export function tooManyCodes(state: RunState, person: PersonId, now: number): boolean {
  return state.wrongCodes.filter(({ who, at }) => who === person && at > now - codeTries.withinMs).length >= codeTries.most;
}

/** Who may vote on the run's plan and answer its questions. */
export function votersIn(standing: Pick<Standing, 'roster' | 'from'>, state: RunState): readonly PersonId[] {
  return membersOf(standing.roster, state.plan?.policy.from ?? standing.from);
}

function commandOf({ saying, actor, proof, reason, meaning }: Said, person: PersonId, standing: Standing, state: RunState, now: number): RunCommand {
  const voters = votersIn(standing, state);
  const by = { now, person, voters, proven: proof === 'right', ...(reason === undefined ? {} : { reason }) };
  switch (saying.kind) {
    case 'note':
      return { type: 'AddNote', now, person, writers: [...new Set([...voters, ...membersOf(standing.roster, standing.requesters)])], text: saying.text };
    case 'vote':
      return { type: 'CastVote', ...by, choice: saying.choice, via: actor.platform, ...(meaning?.digest === undefined ? {} : { digest: meaning.digest }) };
    case 'break-glass':
      return { type: 'BreakGlass', ...by, via: actor.platform, breakers: membersOf(standing.roster, state.plan?.policy.breakGlass ?? []) };
    case 'answer':
      // Stop is for the whole run; at a step that waits it is an answer like the others.
      if (saying.answer === 'stop' && (meaning?.step === undefined || waitingSteps(state).length === 0)) return { type: 'StopRun', ...by };
      return {
        type: 'AnswerStep', ...by, answer: saying.answer,
        ...(meaning?.step === undefined ? {} : { step: meaning.step }), ...(meaning?.attempt === undefined ? {} : { attempt: meaning.attempt }),
      };
    default:
      throw new Error(`unreachable: ${JSON.stringify(saying satisfies never)}`);
  }
}

/** Whether somebody may ask for runs of a target: the request itself starts nothing and is no vote. */
export function judgeRequest(actor: Actor, { roster, requesters }: Pick<Standing, 'roster' | 'requesters'>, target: string): Decision<Person> {
  const person = personOf(roster, actor);
  if (!person.ok) return person;
  const members = membersOf(roster, requesters);
  return members.includes(person.value.id) ? person : refuse('not-a-requester', { target, requesters: members.join(', ') });
}
