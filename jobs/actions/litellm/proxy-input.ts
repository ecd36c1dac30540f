import { z } from 'zod';
import { environmentSchema } from '../compose/environment-input.js';

const shared = {
  /** The release to go to: a tag of the service's repository, or a whole reference. */
  to: z.string().min(1),
  /** The proxy's config.yaml on this machine; else where the running container has it from. */
  config: z.string().startsWith('/').optional(),
  /** The plan restores the database to what that release left. */
  restored: z.boolean().default(false),
};

const folder = z.string().startsWith('/').transform((path) => (path.length > 1 ? path.replace(/\/+$/, '') : path));

export const proxyInput = z.union([
  z.strictObject({ project: folder, service: z.string().min(1), ...shared }),
  z.strictObject({
    /** The image that runs. */
    image: z.string().min(1),
    /** What `docker run --env-file` will be given. */
    'env-file': z.string().startsWith('/'),
    /** What the step that starts it sets besides. */
    environment: environmentSchema.default({}),
    ...shared,
  }),
]);
export type ProxyInput = z.output<typeof proxyInput>;

/** Names the proxy in facts: `<project>:<service>`, else its image. */
export function scopeOf(given: ProxyInput): string {
  return 'project' in given ? `${given.project}:${given.service}` : given.image;
}
