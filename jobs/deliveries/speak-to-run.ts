import { judge, tooManyCodes, type Said, type Saying } from '../../src/approval/judge.js';
import { rosterOf } from '../../src/approval/roster.js';
import { answerReply, glassReply, noteReply, stopReply, voteReply } from '../../src/board/replies.js';
import { refusalReply } from '../../src/board/refusals.js';
import type { Reply } from '../../src/board/model.js';
import type { PersonId } from '../../src/person.js';
import type { RunEvent } from '../../src/run/events.js';
import { evolve } from '../../src/run/evolve.js';
import type { RunState } from '../../src/run/state.js';
import { votersOf } from '../parts.js';
import { confirmDone } from './confirm-done.js';
import { appendEvents, loadRun } from '../record.js';
import type { Handled, Sender } from './sender.js';

/**
 * The one way in for every vote, answer and note, wherever it was said. Decides on the run as it is on record, and again when somebody else was first. A
 * refusal is answered and put on the run's record.
 */
export async function speakToRun(sender: Sender, runId: string, saying: Saying, how: Pick<Said, 'meaning' | 'reason' | 'foreignButton'>): Promise<Handled> {
  const { parts, delivery } = sender;
  const person = sender.person();
  let proof: Said['proof'] | undefined;
  for (;;) {
    const run = await loadRun(parts, runId);
    if (run.state.phase === 'new') return sender.refusal({ code: 'unknown-run', details: { run: runId } });
    const { config } = parts;
    const target = config.targets[run.state.target];
    const standing = { roster: rosterOf(config), from: target?.approval.from ?? [], requesters: target?.requesters ?? [] };
    // A code counts once, so it is looked at once, and not at all after too many wrong ones.
    proof ??= saying.kind === 'note' || !person.ok || tooManyCodes(run.state, person.value.id, run.now) ? 'none' : await sender.proofOf(person.value);
    const judged = judge({ saying, actor: delivery.actor, proof, ...how }, standing, run.state, run.now);
    const decision = await confirmDone(parts, run.state, judged.ok || person.ok ? judged : person);
    const voters = votersOf(parts, run.state);
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
    if (result.status === 'processed') return { outcome, messages: [], done: true };
    if (result.status === 'appended') return { outcome, messages: [], done: true, ...(decision.ok && result.due === true && result.run !== undefined ? { moved: result.run } : {}) };
  }
}

function replyTo(saying: Saying, before: RunState, events: readonly RunEvent[], voters: readonly PersonId[], view: ReturnType<Sender['view']>): Reply {
  const after = events.reduce(evolve, before);
  switch (saying.kind) {
    case 'note':
      return noteReply(before.id, view);
    case 'break-glass':
      return glassReply(before.id, view);
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
  return saying.kind === 'vote' ? saying.choice : saying.kind === 'answer' ? saying.answer : saying.kind;
}
