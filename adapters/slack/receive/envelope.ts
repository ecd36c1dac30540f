import { z } from 'zod';

const part = z.looseObject({});
const named = z.looseObject({ id: z.string().optional() });

/** What Bolt itself reads of a payload, without looking whether it is there, before any of planb's listeners sees it. Payloads that Slack makes fit; a signed one that does not is nobody's. */
export const envelope = z
  .looseObject({
    type: z.string().optional(),
    challenge: z.string().optional(),
    event: z.looseObject({ type: z.string(), channel: z.union([z.string(), part]).optional(), user: z.union([z.string(), part]).optional(), item: part.optional(), subteam: part.optional() }).optional(),
    authorizations: z.array(part.nullish()).nullish(),
    command: z.string().optional(),
    actions: z.array(z.looseObject({ action_id: z.string().optional(), block_id: z.string().optional() })).min(1).optional(),
    view: z.looseObject({ callback_id: z.string().optional() }).optional(),
    channel: named.optional(),
    user: named.optional(),
    team: named.nullish(),
    enterprise: named.nullish(),
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
