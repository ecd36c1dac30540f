import type { Fact } from '../../src/plan/plan.js';
import type { Action, ActionContext, ProbeResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { paste } from './paste.js';
import { withRedis } from './redis/connect.js';
import { clearKeys, countKeys } from './redis/keys.js';
import { keysFact, type RedisInput, redisInput } from './redis/redis-input.js';
import { failingInWords } from './step-failure.js';

const countMs = 3_000;

/** Takes keys out of a Redis that older code would read in another way. Whole databases only where the runbook says so in that many words. */
export const redisClearAction: Action<RedisInput> = {
  name: 'redis.clear',
  summary: 'Clears keys of a Redis by pattern, counted before and after.',
  input: redisInput,
  measuresOnly: true,
  defaultTimeoutMs: 10 * 60_000,
  inspect: async (context, given) => [{ key: keysFact(given), kind: 'measured', label: `keys of ${whatOf(given)}`, value: await seen(context, given), readAt: new Date(context.now()).toISOString() }],
  describe: (given, { facts }) => {
    const count = countOf(given, facts);
    return {
      commands: [`${commandOf(given)}   # ${count.comment}`],
      effect: 'idempotent',
      // A cache is made to be lost; what is in a whole database nobody has said.
      destructive: given.everything !== undefined || given.holdsData,
      changes: [],
      ...(count.lost === undefined ? {} : { lost: [count.lost] }),
    };
  },
  execute: (context, given) => failingInWords(context.mask, () => withRedis(context, given, async (place) => {
    const cleared = await clearKeys(context, place, given);
    context.log(`${cleared} keys of ${whatOf(given)} cleared on ${place.said}`);
    return { ok: true, receipt: { cleared, what: whatOf(given), place: place.said, ...(place.cluster ? { masters: place.nodes.length } : {}) } };
  })),
  probe,
};

function whatOf({ pattern, everything }: RedisInput): string {
  return pattern ?? (everything === 'server' ? 'all databases' : 'the whole database');
}

/** A Redis that is away must not keep anybody from planning the way back. */
async function seen(context: ActionContext, given: RedisInput): Promise<{ readonly keys: number; readonly complete: boolean } | { readonly keys: null; readonly saw: string }> {
  try {
    return await withRedis(context, given, (place) => countKeys(context, place, given, countMs));
  } catch (error) {
    if (error instanceof ActionError) return { keys: null, saw: context.mask(error.message) };
    throw error;
  }
}

function countOf(given: RedisInput, facts: readonly Fact[]): { readonly comment: string; readonly lost?: string } {
  const value = facts.find(({ key }) => key === keysFact(given))?.value;
  const found = typeof value === 'object' && value !== null && 'keys' in value ? value : undefined;
  const kind = given.holdsData ? 'keys' : 'cached keys';
  const of = given.pattern === undefined ? `of ${whatOf(given)} of Redis` : `matching ${given.pattern}`;
  if (typeof found?.keys !== 'number') {
    const why = found !== undefined && 'saw' in found && typeof found.saw === 'string' ? `: ${found.saw}` : '';
    return { comment: `could not be counted${why}`, lost: `${kind} ${of}, which could not be counted` };
  }
  const number = found.keys.toLocaleString('en-US');
  const said = 'complete' in found && found.complete === false ? `more than ${number}` : `about ${number}`;
  return found.keys === 0 && said.startsWith('about') ? { comment: 'no key now' } : { comment: `${said} now`, lost: `${said} ${kind} ${of}` };
}

function commandOf(given: RedisInput): string {
  const cli = ['redis-cli', '-u', given.url, ...(given.username === undefined ? [] : ['--user', given.username]), ...(given.password === undefined ? [] : ['-a', given.password]), ...(given.db === undefined ? [] : ['-n', String(given.db)]), ...(given.tls === undefined ? [] : ['--tls'])];
  if (given.pattern === undefined) return paste([...cli, given.everything === 'server' ? 'FLUSHALL' : 'FLUSHDB', 'ASYNC']);
  return `${paste([...cli, '--scan', '--pattern', given.pattern])} | xargs -r -d '\\n' -n 500 ${paste([...cli, 'UNLINK'])}`;
}

/** An application that runs fills its cache again, so that keys alone prove nothing; clearing twice does no harm. */
async function probe(context: ActionContext, given: RedisInput): Promise<ProbeResult> {
  const found = await seen(context, given);
  if (found.keys === null) return { outcome: 'unclear', saw: found.saw };
  if (found.keys > 0) return { outcome: 'absent', saw: `about ${found.keys} keys of ${whatOf(given)} are there` };
  if (!('complete' in found) || !found.complete) return { outcome: 'unclear', saw: `not all keys could be looked at within ${countMs / 1_000} s` };
  return { outcome: 'happened', receipt: { cleared: null, left: 0, what: whatOf(given) }, saw: `no key of ${whatOf(given)} is there` };
}
