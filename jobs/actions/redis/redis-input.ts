import { z } from 'zod';

/** Whether a pattern names more than "everything": at least one character that stands for itself. */
const namesSomething = (pattern: string): boolean => pattern.replaceAll(/\\.|\[[^\]]*\]|[*?]/g, (part) => (part.startsWith('\\') ? part : '')) !== '';

export const redisInput = z
  .strictObject({
    /** `redis://` or `rediss://`, a secret reference where it holds a password. */
    url: z.string().min(1),
    username: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    /** In place of the address's own. */
    db: z.number().int().min(0).optional(),
    /** Certificates as PEM texts; `{}` alone asks for TLS. */
    tls: z.strictObject({ ca: z.string().optional(), cert: z.string().optional(), key: z.string().optional(), servername: z.string().optional() }).optional(),
    /** As Redis' own SCAN has it: `litellm:*`. */
    pattern: z.string().min(1).refine(namesSomething, 'that is everything: write everything: database instead').optional(),
    everything: z.enum(['database', 'server']).optional(),
    /** What goes is no cache: nothing makes it again. */
    holdsData: z.boolean().default(false),
    /** Tells two steps of one plan apart that clear the same pattern in two places. */
    name: z.string().min(1).optional(),
  })
  .superRefine((given, context) => {
    if ((given.pattern === undefined) === (given.everything === undefined)) context.addIssue({ code: 'custom', path: given.pattern === undefined ? [] : ['everything'], message: 'say which keys: either pattern, or everything: database (or server)' });
    if (given.everything === 'server' && given.db !== undefined) context.addIssue({ code: 'custom', path: ['db'], message: 'everything: server is all databases' });
  });

export type RedisInput = z.output<typeof redisInput>;

/** Under which the plan keeps the number of keys. Of what people see only, since a description knows no address. */
export function keysFact({ pattern, everything, db, name }: RedisInput): string {
  return `redis:${name ?? ''}:${db ?? ''}:${pattern ?? `everything ${everything ?? ''}`}`;
}
