import { z } from 'zod';
import type { SlackWorkspace } from '../slack/slack.js';
import { lastAttempt } from '../slack/model.js';
import type { TelegramWorkspace } from '../telegram/telegram.js';

const outageKind = z.enum(['refuse', '500', '429', 'hang']).nullable();

const schemas = {
  'slack/say': z.strictObject({ user: z.string(), channel: z.string(), text: z.string().min(1), thread: z.string().optional() }),
  'slack/click': z.strictObject({ user: z.string(), channel: z.string(), ts: z.string(), revision: z.int().min(0), action: z.string(), value: z.string().optional() }),
  'slack/view-click': z.strictObject({
    user: z.string(),
    action: z.string(),
    value: z.string().optional(),
    values: z.record(z.string(), z.string()),
  }),
  'slack/submit': z.strictObject({ user: z.string(), values: z.record(z.string(), z.string()) }),
  'slack/close': z.strictObject({ user: z.string() }),
  'slack/outage': z.strictObject({ kind: outageKind }),
  'telegram/say': z.strictObject({
    user: z.int(),
    chat: z.int(),
    text: z.string().min(1),
    topic: z.int().optional(),
    replyTo: z.int().optional(),
    anonymous: z.boolean().optional(),
  }),
  'telegram/press': z.strictObject({ user: z.int(), chat: z.int(), message: z.int(), revision: z.int().min(0), data: z.string() }),
  'telegram/outage': z.strictObject({ kind: outageKind }),
};

/** Does what a person did on the page. Undefined when there is no such deed; throws on wrong input. */
export async function perform(deed: string, input: unknown, slack: SlackWorkspace, telegram: TelegramWorkspace): Promise<unknown> {
  switch (deed) {
    case 'slack/say': {
      const { user, channel, text, thread } = schemas[deed].parse(input);
      if (text.startsWith('/')) return slashOrSorry(slack, user, channel, text, thread);
      await slack.say(user, channel, withMentions(slack, text), thread);
      return {};
    }
    case 'slack/click': {
      const { user, channel, ts, revision, action, value } = schemas[deed].parse(input);
      const delivery = await slack.click(user, { channel, ts }, action, { revision, ...(value === undefined ? {} : { value }) });
      return { failure: lastAttempt(delivery).failure ?? null };
    }
    case 'slack/view-click': {
      const { user, action, value, values } = schemas[deed].parse(input);
      const delivery = await slack.clickInView(user, action, value, values);
      return { failure: lastAttempt(delivery).failure ?? null };
    }
    case 'slack/submit': {
      const { user, values } = schemas[deed].parse(input);
      return { errors: (await slack.submitView(user, values)).errors };
    }
    case 'slack/close':
      await slack.closeView(schemas[deed].parse(input).user);
      return {};
    case 'slack/outage':
      slack.outage(schemas[deed].parse(input).kind ?? undefined);
      return {};
    case 'telegram/say': {
      const { user, chat, text, topic, replyTo, anonymous } = schemas[deed].parse(input);
      telegram.say(user, chat, text, {
        ...(topic === undefined ? {} : { topic }),
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(anonymous === undefined ? {} : { anonymous }),
      });
      return {};
    }
    case 'telegram/press': {
      const { user, chat, message, revision, data } = schemas[deed].parse(input);
      return { id: telegram.press(user, chat, message, data, { revision }).id };
    }
    case 'telegram/outage':
      telegram.outage(schemas[deed].parse(input).kind ?? undefined);
      return {};
    default:
      return undefined;
  }
}

/** Slack's own client refuses slash commands inside threads. */
async function slashOrSorry(slack: SlackWorkspace, user: string, channel: string, text: string, thread: string | undefined): Promise<unknown> {
  const command = text.split(/\s/)[0] ?? '';
  if (thread !== undefined) {
    slack.store.add({ channel, user: 'USLACKBOT', text: `${command} is not supported in threads. Sorry!`, threadTs: thread, ephemeralFor: user });
    return {};
  }
  const delivery = await slack.slash(user, channel, text);
  return { failure: lastAttempt(delivery).failure ?? null };
}

/** People type @names; Slack sends ids. */
function withMentions(slack: SlackWorkspace, text: string): string {
  const byName = new Map([...slack.store.users.values()].map((user) => [user.name, user.id]));
  return text.replace(/@([a-z][\w.-]*)/g, (whole, name: string) => (byName.has(name) ? `<@${byName.get(name) ?? ''}>` : whole));
}
