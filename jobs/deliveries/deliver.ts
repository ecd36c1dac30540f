import type { ChatCommand } from '../../src/command/command.js';
import type { Place } from '../../src/person.js';
import { StoreError } from '../../src/ports/store.js';
import { NewerPlanb } from '../../src/run/newer-planb.js';
import { faultReply } from '../../src/board/replies.js';
import type { Parts } from '../parts.js';
import type { LoadedRun } from '../record.js';
import { conclude } from '../watch/conclude.js';
import { raiseConcern } from '../watch/raise-concern.js';
import { takeAlert } from '../watch/take-alert.js';
import { backups, help, history, status, targets, whoami } from './look.js';
import { press } from './press.js';
import { requestRun, wantedBy } from './request-run.js';
import { Sender, type Handled } from './sender.js';
import { speakToRun } from './speak-to-run.js';
import { unhold } from './unhold.js';

/** How long what only a newer planb understands waits for one. After that nobody is left without an answer. */
const newerMs = 60_000;

/**
 * Handles one stored delivery, once. A copy, or a wake-up that comes twice, finds nothing to do. Throws StoreError.
 *
 * @returns the run that it moved on, as it is now
 */
export async function deliver(parts: Parts, id: string): Promise<LoadedRun | undefined> {
  const [delivery, now] = await Promise.all([parts.store.pendingDelivery(id), parts.store.now()]);
  if (delivery === undefined) return undefined;
  const sender = new Sender(parts, delivery, now, await placeAsConfigured(parts, delivery.place));
  const handled = await handleOrSay(sender);
  // Not processed yet, so the sweep brings it again.
  if (handled === 'later') return undefined;
  if (handled.done !== true) await parts.store.finishDelivery(id, handled.outcome, handled.messages);
  parts.nudgeRelay();
  return handled.moved;
}

/** planb.yaml may still name a Telegram group by the id that it had before it became a supergroup; one group must not get two boards. */
async function placeAsConfigured({ store, config }: Parts, place: Place): Promise<Place> {
  if (place.platform !== 'telegram') return place;
  const former = await store.formerChat('telegram', place.channel);
  const isNamed = former !== undefined && Object.values(config.channels).some(({ telegram }) => telegram?.channel === former);
  return isNamed ? { ...place, channel: former } : place;
}

/** A fault must not leave its sender without an answer, nor come again with every sweep. What it was about to append is not stored. */
async function handleOrSay(sender: Sender): Promise<Handled | 'later'> {
  try {
    const { command } = sender.delivery;
    return await (command.kind === 'concern' ? raiseConcern(sender, command.concern) : handle(sender, command));
  } catch (error) {
    if (error instanceof StoreError && error.retryable) throw error;
    if (error instanceof NewerPlanb && (await sender.parts.store.deliveryWaits(sender.delivery.id)) < newerMs) {
      sender.parts.log.info({ delivery: sender.delivery.id, why: error.message }, 'a command is left to a newer planb');
      return 'later';
    }
    sender.parts.log.error({ delivery: sender.delivery.id, error }, 'a command could not be handled');
    return sender.answer('failed', faultReply(sender.view()));
  }
}

async function handle(sender: Sender, command: Exclude<ChatCommand, { readonly kind: 'concern' }>): Promise<Handled> {
  switch (command.kind) {
    case 'request':
      return requestRun(sender, wantedBy(command));
    case 'vote':
      return speakToRun(sender, command.run, { kind: 'vote', choice: command.choice }, because(command));
    case 'answer':
      return (command.answer === 'done' ? await conclude(sender, command.run) : undefined) ?? speakToRun(sender, command.run, { kind: 'answer', answer: command.answer }, because(command));
    case 'break-glass':
      return speakToRun(sender, command.run, { kind: 'break-glass' }, because(command));
    case 'note':
      return speakToRun(sender, command.run, { kind: 'note', text: command.text }, {});
    case 'press':
      return press(sender, command.button, command.reason);
    case 'word':
      return sayWord(sender, command);
    case 'said':
      return sayNote(sender, command);
    case 'targets':
      return targets(sender);
    case 'status':
      return status(sender, command.run);
    case 'history':
      return history(sender, command.target);
    case 'backups':
      return backups(sender, command.target);
    case 'unhold':
      return unhold(sender, command.target);
    case 'whoami':
      return whoami(sender);
    case 'help':
      return help(sender);
    case 'form': {
      // Stored only where no form was opened: for those who may not ask.
      const person = sender.person();
      return person.ok ? help(sender) : sender.refusal(person.refusal);
    }
    case 'alert':
      return takeAlert(sender, command.alert);
    case 'chat-moved':
      await sender.parts.store.moveChat('telegram', command.from, command.to);
      return { outcome: `chat moved to ${command.to}`, messages: [] };
    case 'unparsed': {
      const { text, nearest, expected, why } = command;
      return sender.refusal({ code: why, details: { text, ...(nearest === undefined ? {} : { nearest }), ...(expected === undefined ? {} : { expected }) } });
    }
    default:
      throw new NewerPlanb(`the command ${JSON.stringify((command satisfies never as ChatCommand).kind)}`);
  }
}

/** A note in a board's thread or as a reply to it. People also reply to one another there: what is not for planb is not answered. */
async function sayNote(sender: Sender, { text, otherwise }: Extract<ChatCommand, { kind: 'said' }>): Promise<Handled> {
  const run = await runHere(sender);
  if (otherwise !== undefined && run === undefined) return handle(sender, otherwise);
  const forPlanb = run !== undefined && (otherwise !== undefined || sender.person().ok);
  return forPlanb ? speakToRun(sender, run, { kind: 'note', text }, {}) : { outcome: 'not for planb', messages: [] };
}

/** The run in whose thread it was said, or to whose board it replies. */
async function runHere(sender: Sender): Promise<string | undefined> {
  const { place } = sender.delivery;
  const message = place.platform === 'slack' ? place.thread : place.replyTo;
  return message === undefined ? undefined : sender.parts.store.runAt({ platform: place.platform, channel: place.channel, message });
}

/** A word in a board's thread or as a reply to it: the place names the run. */
async function sayWord(sender: Sender, command: Extract<ChatCommand, { kind: 'word' }>): Promise<Handled> {
  const run = await runHere(sender);
  if (run === undefined) return sender.refusal({ code: 'unknown-run', details: {} });
  const reason = because(command);
  switch (command.word) {
    case 'approve':
    case 'reject':
      return speakToRun(sender, run, { kind: 'vote', choice: command.word }, reason);
    case 'break-glass':
      return speakToRun(sender, run, { kind: 'break-glass' }, reason);
    case 'status':
      return status(sender, run);
    default:
      return (command.word === 'done' ? await conclude(sender, run) : undefined) ?? speakToRun(sender, run, { kind: 'answer', answer: command.word }, reason);
  }
}

function because({ reason }: { readonly reason?: string }): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
