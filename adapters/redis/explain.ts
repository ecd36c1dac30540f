/** Why planb's Redis cannot be used, in words. Retryable: it may still come up. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
  readonly code: 'redis-silent' | 'not-redis';
  readonly retryable: boolean;

  constructor(code: RedisError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
    this.retryable = code === 'redis-silent';
  }
}

/** What ioredis 6 says when an answer is none of Redis': an HTTP, ssh, MySQL or mail server on a mistaken port. */
const foreign = /^(?:Unknown RESP type|Invalid array length|Command queue state error)/;
/** What it says where it only knows that a connection is not there. */
const bare = /^(?:Connection is closed|Stream isn't writeable)/;

/** In planb's words, without credentials. `event`: what the client told beside the refused command, which holds the reason. */
export function explainRedis(url: string, error: unknown, event?: Error): unknown {
  const reason = [event, error].find((one) => one instanceof Error && !bare.test(one.message)) ?? error;
  if (!(reason instanceof Error)) return reason;
  const at = URL.canParse(url) ? new URL(url).host || 'REDIS_URL' : 'REDIS_URL';
  if (foreign.test(reason.message)) return new RedisError('not-redis', `what answers at ${at} is not Redis: correct REDIS_URL`, reason);
  // PostgreSQL, to name one, hangs up on a stranger without a word.
  if (bare.test(reason.message) || /ECONNRESET|EPIPE/.test(reason.message)) return new RedisError('redis-silent', `${at} closed the connection without an answer: is it Redis?`, reason);
  return reason;
}
