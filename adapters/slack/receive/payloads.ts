import { z } from 'zod';
import { cleanText } from '../../../src/command/clean-text.js';

// Only what planb reads of each payload. Slack adds fields at any time, so these stay open.

/** Slack's ids and timestamps. Anything else would become part of a delivery's id, and PostgreSQL takes no NUL. */
const id = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'no id of Slack');
/** What somebody calls themselves. */
const displayName = z.string().transform((name) => cleanText(name).slice(0, 200).replace(/[\uD800-\uDBFF]$/, ''));

/** https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling */
export const slashCommand = z.object({
  trigger_id: id,
  user_id: id,
  user_name: displayName.optional(),
  team_id: id.optional(),
  enterprise_id: id.optional(),
  channel_id: id,
  text: z.string().default(''),
  response_url: z.string().optional(),
});

const user = z.object({ id, name: displayName.optional(), username: displayName.optional(), team_id: id.optional() });
const team = z.object({ id, enterprise_id: id.optional() }).nullish();
const enterprise = z.object({ id }).nullish();

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload, from a message */
export const pressedButton = z.object({
  user,
  team,
  enterprise,
  response_url: z.string().optional(),
  container: z.object({ message_ts: id, channel_id: id, thread_ts: id.optional() }),
  actions: z.array(z.object({ action_id: z.string(), action_ts: id, value: id })).min(1),
});

const selected = z.object({ selected_option: z.object({ value: z.string() }).nullish(), value: z.string().nullish() });
/** Values of a modal by block id and action id. */
const viewState = z.object({ values: z.record(z.string(), z.record(z.string(), selected)) });
export type FormState = z.infer<typeof viewState>;

const view = z.object({ id, hash: id, private_metadata: z.string(), state: viewState });

/** block_actions from planb's modal: another target was chosen. */
export const chosenTarget = z.object({ view, actions: z.array(z.object({ selected_option: z.object({ value: z.string() }) })).min(1) });

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
export const submittedForm = z.object({ user, team, enterprise, view });

/** https://docs.slack.dev/reference/events/app_mention */
export const appMention = z.object({
  event_id: id,
  enterprise_id: id.nullish(),
  event: z.object({
    user: id.optional(),
    bot_id: id.optional(),
    username: displayName.optional(),
    text: z.string().default(''),
    ts: id,
    channel: id,
    thread_ts: id.optional(),
    team: id.optional(),
    user_team: id.optional(),
    source_team: id.optional(),
  }),
});

type Interaction = Pick<z.infer<typeof submittedForm>, 'user' | 'team' | 'enterprise'>;

/** In a shared channel `team` is the app's workspace and `user.team_id` the person's. */
export function senderOf(body: Interaction): { user: string; name: string | undefined; team: string | undefined; enterprise: string | undefined } {
  return {
    user: body.user.id,
    name: body.user.name ?? body.user.username,
    team: body.user.team_id ?? body.team?.id,
    enterprise: body.enterprise?.id ?? body.team?.enterprise_id,
  };
}
