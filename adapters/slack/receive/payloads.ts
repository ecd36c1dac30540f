import { z } from 'zod';

// Only what planb reads of each payload. Slack adds fields at any time, so these stay open.

/** https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling */
export const slashCommand = z.object({
  trigger_id: z.string().min(1),
  user_id: z.string().min(1),
  user_name: z.string().optional(),
  team_id: z.string().optional(),
  enterprise_id: z.string().optional(),
  channel_id: z.string().min(1),
  text: z.string().default(''),
  response_url: z.string().optional(),
});

const user = z.object({ id: z.string().min(1), name: z.string().optional(), username: z.string().optional(), team_id: z.string().optional() });
const team = z.object({ id: z.string(), enterprise_id: z.string().optional() }).nullish();
const enterprise = z.object({ id: z.string() }).nullish();

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload, from a message */
export const pressedButton = z.object({
  user,
  team,
  enterprise,
  response_url: z.string().optional(),
  container: z.object({ message_ts: z.string(), channel_id: z.string(), thread_ts: z.string().optional() }),
  actions: z.array(z.object({ action_id: z.string(), action_ts: z.string(), value: z.string().min(1).max(200) })).min(1),
});

const selected = z.object({ selected_option: z.object({ value: z.string() }).nullish(), value: z.string().nullish() });
/** Values of a modal by block id and action id. */
const viewState = z.object({ values: z.record(z.string(), z.record(z.string(), selected)) });
export type FormState = z.infer<typeof viewState>;

const view = z.object({ id: z.string(), hash: z.string(), private_metadata: z.string(), state: viewState });

/** block_actions from planb's modal: another target was chosen. */
export const chosenTarget = z.object({ view, actions: z.array(z.object({ selected_option: z.object({ value: z.string() }) })).min(1) });

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
export const submittedForm = z.object({ user, team, enterprise, view });

/** https://docs.slack.dev/reference/events/app_mention */
export const appMention = z.object({
  event_id: z.string().min(1),
  enterprise_id: z.string().nullish(),
  event: z.object({
    user: z.string().optional(),
    bot_id: z.string().optional(),
    username: z.string().optional(),
    text: z.string().default(''),
    ts: z.string(),
    channel: z.string(),
    thread_ts: z.string().optional(),
    team: z.string().optional(),
    user_team: z.string().optional(),
    source_team: z.string().optional(),
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
