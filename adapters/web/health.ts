import { answerJson, type WebRoute } from './route.js';

/** The state of one thing that planb needs, with the reason in words that may be shown to anyone who reaches the port. */
export interface ReadyCheck {
  readonly ok: boolean;
  readonly reason?: string;
}

/** By name, for example `postgres`, `redis`, `slack`, `telegram`. */
export type ReadyChecks = Readonly<Record<string, () => Promise<ReadyCheck> | ReadyCheck>>;

/** A check that has no answer by then counts as failed: an orchestrator does not wait longer either. */
const CHECK_MS = 2_000;

/** `/healthz`: the process lives. `/readyz`: 200 when every check passes, else 503; both as JSON. */
export function healthRoutes(checks: ReadyChecks, checkMs = CHECK_MS): readonly WebRoute[] {
  return [
    { method: 'GET', path: '/healthz', handle: (_request, response) => { answerJson(response, 200, { ok: true }); } },
    {
      method: 'GET',
      path: '/readyz',
      handle: async (_request, response) => {
        const results = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await judge(check, checkMs)] as const));
        const ready = results.every(([, result]) => result.ok);
        answerJson(response, ready ? 200 : 503, { ready, checks: Object.fromEntries(results) });
      },
    },
  ];
}

async function judge(check: ReadyChecks[string], checkMs: number): Promise<ReadyCheck> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ReadyCheck>((resolve) => {
    timer = setTimeout(() => { resolve({ ok: false, reason: `no answer within ${String(checkMs)} ms` }); }, checkMs);
  });
  try {
    return await Promise.race([Promise.resolve().then(check), late]);
  } catch {
    // The error may hold a connection string; the log of whoever threw it has more.
    return { ok: false, reason: 'the check itself failed; see the log' };
  } finally {
    clearTimeout(timer);
  }
}
