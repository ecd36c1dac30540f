import { ok, setting, weak, broken, type Check, type Finding } from './finding.js';

const about = 'Redis';
/** BullMQ's own minimum. */
const oldestMajor = 5;

/** The queue. */
export const redis: Check = {
  about,
  run: async ({ env, reach }) => {
    const url = setting(env, 'REDIS_URL');
    if (url === undefined) {
      const path = await reach.findRedis();
      return [weak(about, `embedded, from ${path}: for bots and workers on this machine only`, 'for several machines, set REDIS_URL')];
    }
    return judge(await reach.redisInfo(url));
  },
};

/** Judges the answer to INFO; its lines are `name:value`. */
export function judge(info: string): readonly Finding[] {
  const fields = new Map(info.split(/\r?\n/).flatMap((line) => {
    const at = line.indexOf(':');
    return at === -1 || line.startsWith('#') ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
  }));
  const version = fields.get('redis_version') ?? 'of an unknown version';
  const policy = fields.get('maxmemory_policy');
  const findings: readonly Finding[] = [
    ...(Number.parseInt(version, 10) < oldestMajor ? [broken(about, `${version} is too old for the queue`, 'move to Redis 7')] : [ok(about, `${version} answers`)]),
    ...(policy === undefined || policy === 'noeviction' ? [] : [broken(about, `maxmemory-policy is ${policy}: under memory pressure it throws the queue away`, 'CONFIG SET maxmemory-policy noeviction, and in redis.conf')]),
    ...(fields.get('aof_enabled') === '0' ? [weak(about, 'no append-only file: a crash loses wake-ups, which the sweep then repeats later', 'CONFIG SET appendonly yes, and in redis.conf')] : []),
  ];
  return findings;
}
