/** Loaded before a planb under test (`node --import`): its limiter believes that the platforms' time passes `CHAOS_PACE` times faster. The program itself is the built one and knows nothing of this. */
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const built = new URL('../', pathToFileURL(process.argv[1]));
const pace = Number(process.env['CHAOS_PACE'] ?? 1);

globalThis[Symbol.for('planb.chaos')] = { createChatLimiter: (own) => (redis, prefix) => own(redis, prefix, pace) };
// A test that is killed leaves nothing behind.
process.on('disconnect', () => { process.exit(1); });
process.channel?.unref();

register('./hooks.mjs', import.meta.url, { data: [[new URL('adapters/redis/chat-limiter.js', built).href, 'createChatLimiter']] });
