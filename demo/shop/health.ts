import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const ShopHealth = z.object({
  status: z.enum(['ok', 'unavailable']),
  version: z.string(),
  db: z.enum(['connected', 'failing']),
  reason: z.string().optional(),
});
/** What `GET /health` answers, with its HTTP status. */
export type ShopHealth = z.infer<typeof ShopHealth> & { readonly code: number };

const POLL_MS = 50;

/** One reading; rejects when nothing answers. */
export async function readHealth(url: string): Promise<ShopHealth> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
  return { ...ShopHealth.parse(await response.json()), code: response.status };
}

/**
 * Polls until that version answers with that HTTP status.
 *
 * @throws Error after `withinMs` (30 s unless told), with the last thing seen.
 */
export async function waitForHealth(url: string, expected: { version: string; status: number }, withinMs = 30_000): Promise<ShopHealth> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    let seen: string;
    try {
      const health = await readHealth(url);
      if (health.version === expected.version && health.code === expected.status) return health;
      seen = `${health.version} answered ${String(health.code)}`;
    } catch (error) {
      seen = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline) throw new Error(`shop ${expected.version} did not answer ${String(expected.status)} at ${url}/health: ${seen}`);
    await sleep(POLL_MS);
  }
}
