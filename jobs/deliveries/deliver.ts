import type { ChatCommand } from '../../src/command/command.js';
import type { Parts } from '../parts.js';
import { backups, help, history, status, targets, whoami } from './look.js';
import { press } from './press.js';
import { requestRun, wantedBy } from './request-run.js';
import { Sender, type Handled } from './sender.js';
import { speakToRun } from './speak-to-run.js';
import { unhold } from './unhold.js';

/** Handles one stored delivery, once. A copy, or a wake-up that comes twice, finds nothing to do. Throws StoreError. */
export async function deliver(parts: Parts, id: string): Promise<void> {
  const delivery = await parts.store.pendingDelivery(id);
  if (delivery === undefined) return;
  const sender = new Sender(parts, delivery, await parts.store.now());
  const handled = await handle(sender, delivery.command);
  if (handled.done !== true) await parts.store.finishDelivery(id, handled.outcome, handled.messages);
  parts.nudgeRelay();
}

async function handle(sender: Sender, command: ChatCommand): Promise<Handled> {
  switch (command.kind) {
    case 'request':
      return requestRun(sender, wantedBy(command));
    case 'vote':
      return speakToRun(sender, command.run, { kind: 'vote', choice: command.choice }, because(command));
    case 'answer':
      return speakToRun(sender, command.run, { kind: 'answer', answer: command.answer }, because(command));
    case 'note':
      return speakToRun(sender, command.run, { kind: 'note', text: command.text }, {});
    case 'press':
      return press(sender, command.button, command.reason);
    case 'word':
      return sayWord(sender, command);
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
    case 'form':
      return help(sender);
    case 'chat-moved':
      await sender.parts.store.moveChat('telegram', command.from, command.to);
      return { outcome: `chat moved to ${command.to}`, messages: [] };
    case 'unparsed': {
      const { text, nearest, expected, why } = command;
      return sender.refusal({ code: why, details: { text, ...(nearest === undefined ? {} : { nearest }), ...(expected === undefined ? {} : { expected }) } });
    }
    default:
      throw new Error(`unreachable: ${JSON.stringify(command satisfies never)}`);
  }
}

/** A word in a board's thread or as a reply to it: the place names the run. */
async function sayWord(sender: Sender, command: Extract<ChatCommand, { kind: 'word' }>): Promise<Handled> {
  const { place } = sender.delivery;
  const message = place.platform === 'slack' ? place.thread : place.replyTo;
  const run = message === undefined ? undefined : await sender.parts.store.runAt({ platform: place.platform, channel: place.channel, message });
  if (run === undefined) return sender.refusal({ code: 'unknown-run', details: {} });
  const reason = because(command);
  switch (command.word) {
    case 'approve':
    case 'reject':
      return speakToRun(sender, run, { kind: 'vote', choice: command.word }, reason);
    case 'status':
      return status(sender, run);
    default:
      return speakToRun(sender, run, { kind: 'answer', answer: command.word }, reason);
  }
}

function because({ reason }: { readonly reason?: string }): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
