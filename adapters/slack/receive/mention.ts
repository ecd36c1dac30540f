import type { ChatCommand } from '../../../src/command/command.js';
import { saidToRun } from '../../../src/command/parse-said.js';
import { parseWord } from '../../../src/command/parse-word.js';
import type { Place } from '../../../src/person.js';
import type { Sender } from '../actor.js';
import { ANSWER_WITHIN_MS, type Intake, type Problem } from './intake.js';
import { appMention } from './payloads.js';
import { typedText, withoutMention } from './typed-text.js';

export interface MentionParts {
  readonly intake: Intake;
  readonly parse: (text: string) => ChatCommand;
}

/** "@planb …": a word about a run in its thread, else a command. Throws where nothing was stored and nobody was told, so that Slack sends it again. */
export async function takeMention(parts: MentionParts, body: unknown): Promise<Problem> {
  const until = performance.now() + ANSWER_WITHIN_MS;
  const { event, event_id: id, enterprise_id: enterprise } = appMention.parse(body);
  const self = await parts.intake.identity();
  const user = event.user ?? event.bot_id;
  if (user === undefined || user === self.botUser || (event.bot_id !== undefined && event.bot_id === self.bot)) return undefined;
  const sender: Sender = {
    user,
    name: event.username,
    team: event.user_team ?? event.source_team ?? event.team,
    enterprise: enterprise ?? undefined,
    bot: event.bot_id,
  };
  const thread = event.thread_ts === event.ts ? undefined : event.thread_ts;
  const place: Place = { platform: 'slack', channel: event.channel, message: event.ts, ...(thread === undefined ? {} : { thread }) };
  const command = commandOf(typedText(withoutMention(event.text, self.botUser)), thread !== undefined, parts);
  const problem = await parts.intake.take(sender, until, (actor) => ({ id: `slack:event:${id}`, actor, place, command }));
  if (problem !== undefined) await parts.intake.tell({ actor: { platform: 'slack', userId: user, displayName: user }, place }, problem, until);
  return problem;
}

function commandOf(text: string, inThread: boolean, parts: MentionParts): ChatCommand {
  const word = inThread ? parseWord(text) : undefined;
  const command = word ?? (inThread ? saidToRun(text, parts.parse(text)) : parts.parse(text));
  // A modal needs a trigger id, and a mention has none.
  return command.kind === 'form' ? { kind: 'help' } : command;
}
