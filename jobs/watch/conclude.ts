import { tooManyCodes } from '../../src/approval/judge.js';
import { membersOf, rosterOf } from '../../src/approval/roster.js';
import { languageOf } from '../../src/board/language.js';
import { refusalReply } from '../../src/board/refusals.js';
import { localeOf } from '../../src/config.js';
import type { RunEvent } from '../../src/run/events.js';
import { accept, refuse, type Decision } from '../../src/refusal.js';
import type { Handled, Sender } from '../deliveries/sender.js';
import { votersOf } from '../parts.js';
import { appendEvents, loadRun } from '../record.js';

/**
 * `done <run>` on a run that has ended and whose old server is kept: calls it done, once the time is over. Undefined: this is no such run, so it means what it always means.
 */
export async function conclude(sender: Sender, id: string): Promise<Handled | undefined> {
  const { parts, delivery } = sender;
  let may: Decision<string> | undefined;
  for (;;) {
    const watch = await parts.store.watchOf(id);
    const { keepUntil } = watch ?? {};
    if (watch === undefined || keepUntil === undefined || (watch.phase === 'over' && watch.ended !== 'done')) return undefined;
    const until = watch.phase === 'watching' ? Math.max(watch.until, keepUntil) : keepUntil;
    // A code counts once, so it is looked at once.
    may ??= await mayConclude(sender, id);
    const run = await loadRun(parts, id);
    const decision: Decision<string> = !may.ok ? may : run.now < until ? refuse('kept-until', { run: id, until: new Date(until).toISOString() }) : may;
    const { words, locale } = { words: languageOf(sender.locale()).words.watch, locale: localeOf(parts.config, parts.config.targets[watch.target]) };
    // The watch first: should this worker die in between, the delivery is handled again, and the note is all that is left to do.
    if (decision.ok && watch.phase !== 'over' && !(await parts.store.changeWatch(id, watch.version, { phase: 'over', ended: 'done' }, []))) continue;
    const known = sender.person();
    const who = known.ok ? known.value.id : `${delivery.actor.platform}:${delivery.actor.userId}`;
    const event: RunEvent = decision.ok
      ? { type: 'NoteAdded', at: run.now, person: decision.value, text: languageOf(locale).words.watch.concludedNote }
      : { type: 'CommandRefused', at: run.now, who, via: delivery.actor.platform, command: 'done', code: decision.refusal.code };
    const reply = decision.ok ? { lines: [[words.concluded(id)]] } : refusalReply(decision.refusal, sender.view());
    const outcome = decision.ok ? `done ${id}` : `refused: ${decision.refusal.code}`;
    const result = await appendEvents(parts, run, [event], { delivery: { id: delivery.id, outcome }, messages: [sender.message(reply)], wakeOwner: false });
    if (result.status === 'appended' || result.status === 'processed') return { outcome, messages: [], done: true };
  }
}

/** Who may vote on the target's runs or ask for them; on the command line with that person's own code. */
async function mayConclude(sender: Sender, id: string): Promise<Decision<string>> {
  const { parts, delivery } = sender;
  const person = sender.person();
  if (!person.ok) return person;
  const { state, now } = await loadRun(parts, id);
  const people = [...votersOf(parts, state), ...membersOf(rosterOf(parts.config), parts.config.targets[state.target]?.requesters ?? [])];
  if (!people.includes(person.value.id)) return refuse('not-a-voter', { person: person.value.id, voters: [...new Set(people)].join(', ') });
  if (delivery.actor.platform === 'cli') {
    if (tooManyCodes(state, person.value.id, now)) return refuse('too-many-codes', { person: person.value.id });
    const proof = await sender.proofOf(person.value);
    if (proof !== 'right') return refuse(proof === 'wrong' ? 'code-wrong' : 'code-needed', { person: person.value.id });
  }
  return accept(person.value.id);
}
