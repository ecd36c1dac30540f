import { membersOf, rosterOf } from '../../src/approval/roster.js';
import { answerReply, noteReply, stopReply, voteReply } from '../../src/board/replies.js';
import { refusalReply } from '../../src/board/refusals.js';
import type { Reply } from '../../src/board/model.js';
import type { Answer } from '../../src/command/command.js';
import type { PersonId } from '../../src/person.js';
import type { ButtonMeaning } from '../../src/ports/store.js';
import type { RunCommand } from '../../src/run/command.js';
import { decide } from '../../src/run/decide.js';
import { waitingSteps } from '../../src/run/decide-answer.js';
import type { RunEvent } from '../../src/run/events.js';
import { evolve } from '../../src/run/evolve.js';
import type { RunState } from '../../src/run/state.js';
import { votersOf } from '../parts.js';
import { appendEvents, loadRun } from '../record.js';
import type { Handled, Sender } from './sender.js';

/** What a person says to a run, by a button, a typed command or a word in its thread. */
export type Saying =
  | { readonly kind: 'vote'; readonly choice: 'approve' | 'reject' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'note'; readonly text: string };

/**
 * The one way in for every vote, answer and note, wherever it was said. Decides on the run as it is on record, and again when somebody else was first. A
 * refusal is answered and put on the run's record.
 */
export async function speakToRun(sender: Sender, runId: string, saying: Saying, said: { readonly meaning?: ButtonMeaning; readonly reason?: string }): Promise<Handled> {
  const { parts, delivery } = sender;
  const person = saying.kind === 'note' ? sender.person() : await sender.provenPerson();
  for (;;) {
    const run = await loadRun(parts, runId);
    if (run.state.phase === 'new') return sender.refusal({ code: 'unknown-run', details: { run: runId } });
    const voters = votersOf(parts, run.state);
    const requesters = membersOf(rosterOf(parts.config), parts.config.targets[run.state.target]?.requesters ?? []);
    const decision = person.ok ? decide(runCommand(saying, run.state, run.now, person.value.id, { voters, requesters }, said, delivery.actor.platform), run.state) : person;
    const refused: RunEvent[] = decision.ok ? [] : [{
      type: 'CommandRefused', at: run.now, who: person.ok ? person.value.id : `${delivery.actor.platform}:${delivery.actor.userId}`, via: delivery.actor.platform,
      command: wordOf(saying), code: decision.refusal.code,
    }];
    const events = decision.ok ? decision.value : refused;
    const view = sender.view();
    const reply = decision.ok ? replyTo(saying, run.state, events, voters, view) : refusalReply(decision.refusal, view);
    const outcome = decision.ok ? `${wordOf(saying)} ${runId}` : `refused: ${decision.refusal.code}`;
    // Nothing to append: it is so already.
    if (events.length === 0) return sender.answer(outcome, reply);
    const result = await appendEvents(parts, run, events, { delivery: { id: delivery.id, outcome }, messages: [sender.message(reply)], wakeOwner: decision.ok });
    if (result.status === 'appended' || result.status === 'processed') return { outcome, messages: [], done: true };
  }
}

function runCommand(
  saying: Saying, state: RunState, now: number, person: PersonId, { voters, requesters }: { readonly voters: readonly PersonId[]; readonly requesters: readonly PersonId[] },
  said: { readonly meaning?: ButtonMeaning; readonly reason?: string }, via: 'slack' | 'telegram' | 'cli',
): RunCommand {
  const by = { now, person, voters, ...(said.reason === undefined ? {} : { reason: said.reason }) };
  const { meaning } = said;
  switch (saying.kind) {
    case 'note':
      return { type: 'AddNote', now, person, writers: [...new Set([...voters, ...requesters])], text: saying.text };
    case 'vote':
      return { type: 'CastVote', ...by, choice: saying.choice, via, ...(meaning?.digest === undefined ? {} : { digest: meaning.digest }) };
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

function replyTo(saying: Saying, before: RunState, events: readonly RunEvent[], voters: readonly PersonId[], view: ReturnType<Sender['view']>): Reply {
  const after = events.reduce(evolve, before);
  switch (saying.kind) {
    case 'note':
      return noteReply(before.id, view);
    case 'vote':
      return voteReply(saying.choice, after, voters, view);
    case 'answer': {
      const about = events.find((event) => event.type === 'AnswerGiven' || event.type === 'AnswerProposed');
      return saying.answer === 'stop' || about === undefined ? stopReply(after, view) : answerReply(saying.answer, about.step, after, voters, view);
    }
    default:
      throw new Error(`unreachable: ${JSON.stringify(saying satisfies never)}`);
  }
}

function wordOf(saying: Saying): string {
  return saying.kind === 'vote' ? saying.choice : saying.kind === 'answer' ? saying.answer : 'note';
}
