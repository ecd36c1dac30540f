import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import type { Actor } from '../../src/person.js';
import { ChatError } from '../../src/ports/chat.js';
import { DeadlineError, withDeadline } from './deadline.js';
import type { Identity } from './identity.js';
import { slackErrorOf, toChatError } from './send/chat-error.js';

/** Long enough to spare the tier-4 limit of users.info, short enough that someone made a guest is noticed. */
const FRESH_MS = 5 * 60_000;
/** While Slack does not answer, what it said within the last hour is still believed. */
const STALE_MS = 60 * 60_000;
/** Of the 3 s that Slack waits for an answer; a Slack that hangs must not cost those whom planb knows their command. */
const LOOKUP_WITHIN_MS = 1000;
const MAX_CACHED = 5000;
/** Slack's words for who is nobody of this workspace. It will say the same whenever it is asked. https://docs.slack.dev/reference/methods/users.info#errors */
const NOBODY_HERE = new Set(['user_not_found', 'user_not_visible']);

/** What a payload itself says about its sender. */
export interface Sender {
  readonly user: string;
  readonly name?: string | undefined;
  readonly team?: string | undefined;
  readonly enterprise?: string | undefined;
  readonly bot?: string | undefined;
}

const userInfo = z.object({
  user: z.object({
    team_id: z.string().optional(),
    name: z.string().optional(),
    real_name: z.string().optional(),
    is_bot: z.boolean().optional(),
    is_workflow_bot: z.boolean().optional(),
    is_restricted: z.boolean().optional(),
    is_ultra_restricted: z.boolean().optional(),
    is_stranger: z.boolean().optional(),
    enterprise_user: z.object({ enterprise_id: z.string().optional() }).nullish(),
    profile: z.object({ display_name: z.string().optional() }).optional(),
  }),
});

type UserInfo = z.infer<typeof userInfo>['user'];

/** Finds out who sent something and why they could never be a person. */
export class ActorReader {
  readonly #client: webApi.WebClient;
  readonly #now: () => number;
  readonly #asking = new Map<string, Promise<UserInfo>>();
  readonly #cache = new Map<string, { readonly info: UserInfo; readonly at: number }>();

  constructor(client: webApi.WebClient, now: () => number) {
    this.#client = client;
    this.#now = now;
  }

  /** Throws ChatError where Slack does not say whether and who this is: an unproven guest is not let through. */
  async read(sender: Sender, identity: Identity): Promise<Actor> {
    const workspace = sender.team ?? identity.team;
    const from = (barred: Actor['barred'], name: string): Actor => ({
      platform: 'slack',
      userId: sender.user,
      displayName: name,
      workspace,
      ...(barred === undefined ? {} : { barred }),
    });
    if (sender.bot !== undefined || sender.user === 'USLACKBOT') return from('bot', sender.name ?? sender.user);
    if (isForeign(sender.team, sender.enterprise, identity)) return from('other-workspace', sender.name ?? sender.user);
    const info = await this.#info(sender.user);
    if (info === undefined) return from('other-workspace', sender.name ?? sender.user);
    const name = info.profile?.display_name || info.real_name || info.name || sender.name || sender.user;
    return from(barredBy(info, identity), name);
  }

  /** Undefined: nobody of this workspace. */
  async #info(user: string): Promise<UserInfo | undefined> {
    const known = this.#cache.get(user);
    const age = known === undefined ? Infinity : this.#now() - known.at;
    if (known !== undefined && age < FRESH_MS) return known.info;
    // Everyone who is pressing at once shares one question.
    const asked = this.#asking.get(user) ?? this.#ask(user);
    this.#asking.set(user, asked);
    try {
      return await asked;
    } catch (error) {
      if (NOBODY_HERE.has(slackErrorOf(error) ?? '')) return undefined;
      if (known !== undefined && age < STALE_MS) return known.info;
      throw error instanceof DeadlineError ? new ChatError('unavailable', `Slack: ${error.message}`, { cause: error }) : toChatError(error, 'ask who a person is');
    } finally {
      this.#asking.delete(user);
    }
  }

  async #ask(user: string): Promise<UserInfo> {
    const { user: info } = userInfo.parse(await withDeadline(this.#client.users.info({ user }), LOOKUP_WITHIN_MS, 'users.info'));
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(user, { info, at: this.#now() });
    return info;
  }
}

function barredBy(info: UserInfo, identity: Identity): Actor['barred'] {
  if (info.is_bot === true || info.is_workflow_bot === true) return 'bot';
  if (info.is_stranger === true || isForeign(info.team_id, info.enterprise_user?.enterprise_id, identity)) return 'other-workspace';
  if (info.is_restricted === true || info.is_ultra_restricted === true) return 'guest';
  return undefined;
}

/** Slack Connect brings people of other workspaces into a shared channel; workspaces of one organisation are not foreign. */
function isForeign(team: string | undefined, enterprise: string | undefined, identity: Identity): boolean {
  if (team === undefined || team === identity.team) return false;
  return identity.enterprise === undefined || (enterprise !== identity.enterprise && team !== identity.enterprise);
}
