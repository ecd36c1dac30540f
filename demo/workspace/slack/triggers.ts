import { randomBytes } from 'node:crypto';

/** Trigger ids open a modal once and within three seconds (https://docs.slack.dev/interactivity/handling-user-interaction). */
export class Triggers {
  readonly #issued = new Map<string, { userId: string; at: number; used: boolean }>();
  readonly #lifeMs: number;

  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs;
  }

  issue(userId: string): string {
    const id = `${Date.now()}.${randomBytes(8).toString('hex')}`;
    this.#issued.set(id, { userId, at: Date.now(), used: false });
    return id;
  }

  /** The user who caused it, or Slack's error. */
  redeem(id: string): { userId: string } | { error: string } {
    const trigger = this.#issued.get(id);
    if (!trigger) return { error: 'invalid_trigger_id' };
    if (trigger.used) return { error: 'exchanged_trigger_id' };
    if (Date.now() - trigger.at > this.#lifeMs) return { error: 'expired_trigger_id' };
    trigger.used = true;
    return { userId: trigger.userId };
  }
}
