import { randomInt } from 'node:crypto';
import { cleanText } from '../../src/command/clean-text.js';
import { judgeRequest } from '../../src/approval/judge.js';
import { rosterOf } from '../../src/approval/roster.js';
import { acceptedReply } from '../../src/board/replies.js';
import type { ChatCommand, RunKind, Scope } from '../../src/command/command.js';
import type { Target } from '../../src/config.js';
import { nearestWord } from '../../src/nearest-word.js';
import type { PersonId } from '../../src/person.js';
import type { JsonObject } from '../../src/plan/plan.js';
import type { LockHolder } from '../../src/ports/store.js';
import { accept, refuse, type Decision, type Refusal } from '../../src/refusal.js';
import { decide } from '../../src/run/decide.js';
import type { RunState } from '../../src/run/state.js';
import { isReturnMeant, returnRunbook } from '../../src/migration/which-way-back.js';
import { boardLink } from '../board-link.js';
import type { RaisedBy } from '../../src/run/events.js';
import { appendEvents, loadRun } from '../record.js';
import { newestRuns } from '../target-records.js';
import type { Handled, Sender } from './sender.js';

/** Crockford's alphabet: no letter that is taken for another when read out. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export interface Wanted {
  readonly target: string;
  readonly kind: RunKind;
  readonly runbook?: string;
  readonly params: JsonObject;
  readonly scope?: Scope;
  readonly reason?: string;
  readonly follows?: string;
  /** Nobody asked for it: planb itself saw why. */
  readonly raisedBy?: RaisedBy;
}

export function wantedBy(command: Extract<ChatCommand, { kind: 'request' }>): Wanted {
  const { target, run, runbook, to, scope, params, reason } = command;
  return {
    target, kind: run, params: { ...params, ...(to === undefined ? {} : { to }) },
    ...(runbook === undefined ? {} : { runbook }), ...(scope === undefined ? {} : { scope }), ...(reason === undefined ? {} : { reason: cleanText(reason) }),
  };
}

/** Opens a run for who may ask for one; its board appears at once, its plan is made by the worker that takes it up. */
export async function requestRun(sender: Sender, wanted: Wanted): Promise<Handled> {
  const { parts } = sender;
  const known = sender.person();
  if (!known.ok) return sender.refusal(known.refusal);
  const target = parts.config.targets[wanted.target];
  if (target === undefined) return sender.refusal(unknownTarget(sender, wanted.target));
  const person = judgeRequest(sender.delivery.actor, { roster: rosterOf(parts.config), requesters: target.requesters }, target.id);
  if (!person.ok) return sender.refusal(person.refusal);
  const runbook = await runbookFor(sender, target, wanted);
  if (!runbook.ok) return sender.refusal(runbook.refusal);
  const handled = await openRun(sender, target, person.value.id, { ...wanted, kind: runbook.value.kind, runbook: runbook.value.name });
  if (handled !== 'locked') return handled;
  const by = await parts.store.lockOf(target.id);
  // Given back meanwhile: asked once more.
  return by === undefined ? requestRun(sender, wanted) : sender.refusal(await locked(sender, target.id, by));
}

function unknownTarget(sender: Sender, id: string): Refusal {
  const targets = Object.keys(sender.parts.config.targets);
  const nearest = nearestWord(id, targets);
  return { code: 'unknown-target', details: { target: id, targets: targets.join(', '), ...(nearest === undefined ? {} : { nearest }) } };
}

/** Where planb.yaml does not say how long the old server is kept: as the guide does. */
const keptMs = 48 * 3_600_000;

/** After a migration "take it back" means to the old server, for as long as that is kept; whoever names a release or a runbook means that. */
async function isReturn({ parts, now }: Sender, target: Target, { kind, params }: Wanted): Promise<boolean> {
  if (kind !== 'rollback' || params['to'] !== undefined || !Object.hasOwn(target.runbooks, returnRunbook)) return false;
  return isReturnMeant(await newestRuns(parts, target.id), now, target.watch?.keepMs ?? keptMs);
}

/** The runbook that a request means. */
export async function runbookFor(sender: Sender, target: Target, wanted: Wanted): Promise<Decision<{ readonly name: string; readonly kind: RunKind }>> {
  const known: Readonly<Record<string, string>> = { rollback: target.runbook, [target.runbook]: target.runbook, ...target.runbooks };
  const asked = wanted.runbook ?? (await isReturn(sender, target, wanted) ? returnRunbook : wanted.kind);
  const name = Object.hasOwn(known, asked) ? known[asked] : Object.values(known).find((one) => one === asked);
  if (name === undefined) {
    const nearest = nearestWord(asked, Object.keys(known));
    return refuse('unknown-runbook', { runbook: asked, target: target.id, runbooks: Object.keys(known).join(', '), ...(nearest === undefined ? {} : { nearest }) });
  }
  if (wanted.runbook === undefined) return accept({ name, kind: wanted.kind });
  const loaded = await sender.parts.world.loadRunbook(name);
  // What is wrong with the file is said on the board, by planning.
  return accept({ name, kind: loaded.ok ? loaded.runbook.kind : wanted.kind });
}

/** Opens it in somebody's name, without asking whether he may. `locked`: a run of the target is live, and nothing was stored. Whoever typed it is answered. */
export async function openRun(sender: Sender, target: Target, requester: PersonId, wanted: Wanted & { readonly runbook: string }): Promise<Handled | 'locked'> {
  const { parts, delivery, now } = sender;
  for (;;) {
    const run = await loadRun(parts, newRunId());
    const { kind, runbook, params, scope, reason, follows, raisedBy } = wanted;
    const decision = decide({
      type: 'RequestRun', now, target: target.id, title: target.title, kind, runbook, params, requester, place: sender.place,
      ...(scope === undefined ? {} : { scope }), ...(reason === undefined ? {} : { reason }), ...(follows === undefined ? {} : { follows }),
      ...(raisedBy === undefined ? {} : { raisedBy }),
    }, run.state);
    // Somebody else's run had this id: draw another.
    if (!decision.ok) continue;
    const requested: RunState = { ...run.state, title: target.title, target: target.id, kind, params };
    const result = await appendEvents(parts, run, decision.value, {
      delivery: { id: delivery.id, outcome: `run ${run.state.id}` }, messages: raisedBy === undefined ? [sender.message(acceptedReply(requested, sender.view()))] : [], wakeOwner: true,
    });
    if (result.status === 'appended') return { outcome: `run ${run.state.id}`, messages: [], done: true };
    if (result.status === 'processed') return { outcome: 'copy', messages: [], done: true };
    if (result.status === 'locked') return 'locked';
  }
}

async function locked(sender: Sender, target: string, by: LockHolder): Promise<Refusal> {
  const { state } = await loadRun(sender.parts, by.run);
  const link = await boardLink(sender.parts, by.run, sender.delivery.place);
  return {
    code: 'target-locked',
    details: { target, run: by.run, holder: state.requester, since: new Date(by.since).toISOString(), ...(link === undefined ? {} : { link }) },
  };
}

function newRunId(): string {
  return Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
