import type { Actor, Place } from '../person.js';
import type { Alert, Concern } from '../watch/concern.js';

/** Why someone rolls back: the words after `for`. */
export type Scope = 'app' | 'migration' | 'performance' | 'security' | 'other';

/**
 * The words a person answers a waiting run with. `done` also means "It was done" at an unknown outcome; `waive` lets a destructive step begin although its backup
 * cannot be proven here. `here`: one of the people whom a line waits for is at hand.
 */
export type Answer = 'retry' | 'skip' | 'done' | 'failed' | 'waive' | 'here' | 'stop';

/** The kinds of runbook that have a command of their own. */
export type RunKind = 'rollback' | 'repair' | 'upgrade' | 'migration' | 'preflight' | 'verify';

/**
 * What a chat message, a form, a pressed button or the command line asks for, parsed but not judged. `code`: the speaker's own time-based code as typed; it is taken out
 * before the command is stored (`withoutCode`).
 */
export type ChatCommand =
  /** The bare command: show the form. Adapters with modals open it themselves before anything is stored. */
  | { readonly kind: 'form' }
  | {
      readonly kind: 'request';
      readonly run: RunKind;
      readonly target: string;
      /** Release to go to; absent: the last known good. */
      readonly to?: string;
      readonly scope?: Scope;
      readonly reason?: string;
      /** Other parameters of the runbook, as typed: `with service=web`. */
      readonly params?: Readonly<Record<string, string>>;
      /** `run <target> <runbook>`: any of the target's runbooks by name. */
      readonly runbook?: string;
    }
  | { readonly kind: 'vote'; readonly run: string; readonly choice: 'approve' | 'reject'; readonly reason?: string; readonly code?: string }
  | { readonly kind: 'answer'; readonly run: string; readonly answer: Answer; readonly reason?: string; readonly code?: string }
  /** Start the plan alone; the reason is judged where everything is. */
  | { readonly kind: 'break-glass'; readonly run: string; readonly reason?: string; readonly code?: string }
  /** A pressed button, by its opaque id; which run, plan, step and attempt it meant is stored with the id. */
  | { readonly kind: 'press'; readonly button: string; readonly reason?: string }
  /** A word said in a run's thread or as a reply to its board ("@planb retry"): the run is found by the place. */
  | { readonly kind: 'word'; readonly word: 'approve' | 'reject' | 'break-glass' | 'status' | Answer; readonly reason?: string; readonly code?: string }
  | { readonly kind: 'targets' }
  | { readonly kind: 'status'; readonly run?: string }
  | { readonly kind: 'history'; readonly target?: string }
  | { readonly kind: 'backups'; readonly target: string }
  | { readonly kind: 'unhold'; readonly target: string }
  | { readonly kind: 'note'; readonly run: string; readonly text: string }
  /** Said in a run's thread or as a reply to its board, and no command: a note. `otherwise`: where the place has no run, it was meant as this. */
  | { readonly kind: 'said'; readonly text: string; readonly otherwise?: Extract<ChatCommand, { readonly kind: 'unparsed' }> }
  | { readonly kind: 'whoami' }
  | { readonly kind: 'help' }
  /** Telegram: a group became a supergroup; everything stored for the old chat id moves to the new one. */
  | { readonly kind: 'chat-moved'; readonly from: string; readonly to: string }
  /** planb's own: a rule of a watch holds or holds no more. */
  | { readonly kind: 'concern'; readonly concern: Concern }
  /** Alertmanager's, by its hook. */
  | { readonly kind: 'alert'; readonly alert: Alert }
  /** Not understood: answered with the nearest right word. */
  | { readonly kind: 'unparsed'; readonly text: string; readonly nearest?: string; readonly why: 'unknown-command' | 'malformed-command'; readonly expected?: string };

/** One message from outside, stored before it is acknowledged. A copy has the same id. */
export interface Delivery {
  /** Unique on its platform and the same for every copy, for example `slack:trigger:123.456` or `telegram:update:77`. */
  readonly id: string;
  readonly actor: Actor;
  readonly place: Place;
  readonly command: ChatCommand;
  /** Slack: where an ephemeral answer can be posted for 30 minutes. Telegram: the callback query to answer. */
  readonly replyHandle?: string;
}
