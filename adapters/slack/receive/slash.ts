import type { webApi } from '@slack/bolt';
import type { ChatCommand } from '../../../src/command/command.js';
import type { Actor } from '../../../src/person.js';
import type { ReadFormChoices } from '../../../src/ports/chat.js';
import type { Sender } from '../actor.js';
import { withDeadline } from '../deadline.js';
import { formView } from '../form/view.js';
import type { SlackLog } from '../options.js';
import { slackErrorOf } from '../send/chat-error.js';
import type { Words } from '../words.js';
import { ANSWER_WITHIN_MS, type Intake, type Problem } from './intake.js';
import { slashCommand } from './payloads.js';
import { typedText } from './typed-text.js';

export interface SlashParts {
  readonly intake: Intake;
  readonly client: webApi.WebClient;
  readonly parse: (text: string) => ChatCommand;
  readonly formChoices: ReadFormChoices;
  readonly knows: (actor: Actor) => boolean;
  readonly words: Words;
  readonly log: SlackLog;
}

/** A slash command: stored, or answered with the form. The result is what the acknowledgement tells the person. */
export async function takeSlash(parts: SlashParts, body: unknown): Promise<Problem> {
  const until = performance.now() + ANSWER_WITHIN_MS;
  const slash = slashCommand.parse(body);
  const command = parts.parse(typedText(slash.text));
  const sender: Sender = { user: slash.user_id, name: slash.user_name, team: slash.team_id, enterprise: slash.enterprise_id };
  const delivery = (actor: Actor) => ({
    id: `slack:trigger:${slash.trigger_id}`,
    actor,
    place: { platform: 'slack' as const, channel: slash.channel_id },
    command,
    ...(slash.response_url === undefined ? {} : { replyHandle: slash.response_url }),
  });
  if (command.kind !== 'form') return parts.intake.take(sender, until, delivery);
  let actor: Actor;
  try {
    actor = await parts.intake.whoIs(sender);
  } catch (error) {
    parts.log.error({ err: error, user: sender.user }, 'the sender of a Slack message could not be looked up');
    return parts.words.unknownSender;
  }
  // No form for those who may never ask: the delivery is refused with its reason, on the record.
  if (actor.barred !== undefined || !parts.knows(actor)) return parts.intake.store(delivery(actor), until);
  return openForm(parts, slash.trigger_id, { channel: slash.channel_id, responseUrl: slash.response_url }, until);
}

async function openForm(parts: SlashParts, trigger: string, origin: { channel: string; responseUrl: string | undefined }, until: number): Promise<Problem> {
  try {
    const choices = await withDeadline(parts.formChoices(), until - performance.now(), 'reading the choices of the form');
    if (choices.targets.length === 0) return parts.words.noTargets;
    const [only] = choices.targets.length === 1 ? choices.targets : [];
    const view = formView({ choices, chosen: only?.id, origin, words: parts.words });
    await withDeadline(parts.client.views.open({ trigger_id: trigger, view }), until - performance.now(), 'views.open');
    return undefined;
  } catch (error) {
    // A copy of a command whose form is open already.
    if (slackErrorOf(error) === 'exchanged_trigger_id') return undefined;
    parts.log.error({ err: error }, 'the form could not be opened');
    return parts.words.formFailed;
  }
}
