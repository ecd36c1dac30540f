import { z } from 'zod';
import { broken, ok, setting, weak, type Check, type Examined, type Finding } from './finding.js';

const about = 'Telegram';

const me = z.object({ username: z.string(), can_join_groups: z.boolean().optional(), can_read_all_group_messages: z.boolean().optional() });
const webhook = z.object({ url: z.string(), pending_update_count: z.number().optional(), last_error_message: z.string().optional() });
const chat = z.object({ type: z.string() });

/** Token, privacy mode, the way in, and every chat of planb.yaml. Never asks for updates: that would push a running poller aside. */
export const telegram: Check = {
  about,
  run: async ({ env, reach, config }, signal) => {
    const token = setting(env, 'TELEGRAM_BOT_TOKEN');
    const chats = Object.values(config?.channels ?? {}).flatMap(({ id, telegram: place }) => (place === undefined ? [] : [{ id, chat: place.channel }]));
    if (token === undefined) return chats.length > 0 ? [broken(about, 'planb.yaml has Telegram chats, but TELEGRAM_BOT_TOKEN is not set', 'create a bot with @BotFather and set its token')] : [ok(about, 'not used')];
    const call = caller(env, reach.fetch, token, signal);
    const bot = await call('getMe', me);
    if (!bot.ok) return [broken(about, `refuses the token: ${bot.reason}`, 'take the token from @BotFather again')];
    const [hook, ...seen] = await Promise.all([call('getWebhookInfo', webhook), ...chats.map(async (one) => ({ ...one, answer: await call('getChat', chat, { chat_id: one.chat }) }))]);
    return [
      ok(about, `answers as @${bot.value.username}`),
      ...privacy(bot.value),
      ...(hook.ok ? wayIn(env, hook.value) : [weak(about, `does not say how it delivers: ${hook.reason}`)]),
      ...seen.map(({ id, chat: number, answer }) => (answer.ok ? ok(about, `sees the ${answer.value.type} of channel ${id}`) : broken(about, `cannot see chat ${number} of channel ${id}: ${answer.reason}`, 'add the bot to the group; "/rollback whoami" there tells the right id'))),
    ];
  },
};

type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

function caller(env: Examined['env'], fetch: typeof globalThis.fetch, token: string, signal: AbortSignal) {
  const root = (setting(env, 'TELEGRAM_API_ROOT') ?? 'https://api.telegram.org').replace(/\/+$/, '');
  return async <T>(method: string, schema: z.ZodType<T>, body: object = {}): Promise<Answer<T>> => {
    const response = await fetch(`${root}/bot${token}/${method}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal });
    const said = z.object({ ok: z.boolean(), description: z.string().optional(), result: z.unknown().optional() }).safeParse(await response.json().catch(() => undefined));
    if (!said.success) return { ok: false, reason: `status ${response.status}, and an answer that is not Telegram's` };
    if (!said.data.ok) return { ok: false, reason: said.data.description ?? `status ${response.status}` };
    const value = schema.safeParse(said.data.result);
    return value.success ? { ok: true, value: value.data } : { ok: false, reason: `${method} answered with something unexpected` };
  };
}

function privacy(bot: z.infer<typeof me>): readonly Finding[] {
  return [
    ...(bot.can_join_groups === false ? [broken(about, 'the bot may not join groups', '@BotFather: /setjoingroups, Enable')] : []),
    bot.can_read_all_group_messages === true
      ? weak(about, 'privacy mode is off: the bot reads everything that people write', '@BotFather: /setprivacy, Enable; commands, buttons and replies work with it')
      : ok(about, `privacy mode is on: commands, buttons and replies to the board arrive; with several bots in a group type /rollback@${bot.username}`),
  ];
}

function wayIn(env: Examined['env'], hook: z.infer<typeof webhook>): readonly Finding[] {
  const wanted = setting(env, 'TELEGRAM_WEBHOOK_URL');
  if (wanted === undefined) {
    return hook.url === '' ? [ok(about, 'long polling')] : [weak(about, 'a webhook is set for this bot, so polling gets error 409 until planb removes it at its start: does another program use this token?', 'give planb a bot of its own, or set TELEGRAM_WEBHOOK_URL')];
  }
  return [
    ...(setting(env, 'TELEGRAM_WEBHOOK_SECRET') === undefined ? [broken(about, 'TELEGRAM_WEBHOOK_SECRET is not set: nothing that arrives could be believed', 'set it to 1 to 256 letters, digits, "_" and "-"')] : []),
    ...(setting(env, 'PORT') === undefined ? [broken(about, 'a webhook needs PORT, where /telegram/webhook is reached', 'set PORT, or unset TELEGRAM_WEBHOOK_URL for polling')] : []),
    hook.url === wanted ? ok(about, 'webhook') : weak(about, hook.url === '' ? 'the webhook is not set yet: "planb up" or "planb bot" sets it' : 'the webhook that is set is another one: does another program use this token?'),
    ...(hook.last_error_message === undefined ? [] : [weak(about, `could not deliver lately: ${hook.last_error_message}`, 'is TELEGRAM_WEBHOOK_URL reachable from outside?')]),
  ];
}
