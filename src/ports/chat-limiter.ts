/** `file`: an upload into a thread, which Slack counts as calls of their own. */
export type ChatSending = 'post' | 'edit' | 'file';
export type ChatPermit = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

/** One budget over all bots for what the platforms allow. */
export interface ChatLimiter {
  /**
   * Takes one sending out of every budget that it counts against, or says when to ask again. Never waits, never throws: without Redis each
   * process keeps the budgets by itself. `urgent` (final states, questions, approvals) may use the share that progress may not touch.
   * `who` names what waits, a board or a message, between its tries: whoever is refused under a name stands in line, urgent ones before progress, and is told when its turn comes.
   */
  acquire(kind: ChatSending, platform: 'slack' | 'telegram', channel: string, urgent: boolean, who?: string): Promise<ChatPermit>;
  /** The platform answered 429 for `channel`: nothing is sent there until `retryAfterMs` have passed. */
  penalize(platform: 'slack' | 'telegram', channel: string, retryAfterMs: number): Promise<void>;
}
