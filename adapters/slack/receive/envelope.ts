import { z } from 'zod';

const part = z.looseObject({});
const named = z.looseObject({ id: z.string().optional() });
/** A workspace or an organisation. Bolt keeps its clients in an object by these, where `__proto__` would be none of its own keys. */
const workspace = z.string().regex(/^[A-Za-z0-9]{0,64}$/, 'no id of Slack').nullish();

/** What Bolt itself reads of a payload, without looking whether it is there, before any of planb's listeners sees it. Payloads that Slack makes fit; a signed one that does not is nobody's. */
export const envelope = z
  .looseObject({
    type: z.string().optional(),
    challenge: z.string().optional(),
    event: z.looseObject({ type: z.string(), channel: z.union([z.string(), part]).optional(), user: z.union([z.string(), part]).optional(), item: part.optional(), subteam: part.optional() }).optional(),
    team_id: workspace,
    enterprise_id: workspace,
    authorizations: z.array(z.looseObject({ team_id: workspace, enterprise_id: workspace })).nullish(),
    command: z.string().optional(),
    actions: z.array(z.looseObject({ action_id: z.string().optional(), block_id: z.string().optional() })).min(1).optional(),
    view: z.looseObject({ callback_id: z.string().optional(), app_installed_team_id: workspace }).optional(),
    channel: named.optional(),
    user: named.extend({ team_id: workspace }).optional(),
    team: z.looseObject({ id: workspace, enterprise_id: workspace }).nullish(),
    enterprise: z.looseObject({ id: workspace }).nullish(),
    callback_id: z.string().optional(),
    function_data: part.optional(),
  })
  .refine((body) => body.event !== undefined || body.command !== undefined || body.type === 'url_verification' || body.user !== undefined, 'nobody sent it')
  .refine((body) => body.type?.startsWith('view_') !== true || body.view !== undefined, 'a view is missing');

/** Whether the payload itself is at fault: tried again, it would fail again. */
export function isMalformed(error: unknown): boolean {
  if (error instanceof z.ZodError) return true;
  if (!(error instanceof Error)) return false;
  // Bolt wraps what a listener throws.
  return isMalformed(error.cause) || ('original' in error && isMalformed(error.original));
}
