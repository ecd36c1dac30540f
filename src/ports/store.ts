import type { Notice, Reply, Details } from '../board/model.js';
import type { Delivery, RunKind } from '../command/command.js';
import type { Actor, PersonId, Place, Platform } from '../person.js';
import type { Release } from '../plan/plan.js';
import type { RunEvent, RunOutcome } from '../run/events.js';
import type { RunPhase } from '../run/state.js';
import type { BackupRecord, BackupStore } from './backups.js';
import type { ChatFile } from './chat.js';
import type { PreflightRecord, PreflightStore } from './preflights.js';
import type { OwnerIdentity } from './program.js';
import type { WatchStart, WatchStore } from './watches.js';

/** Ids only: losing all of them loses nothing, and the same one twice does nothing twice. */
export type WakeUp =
  | { readonly queue: 'work'; readonly do: 'delivery'; readonly id: string }
  | { readonly queue: 'work'; readonly do: 'run'; readonly id: string }
  | { readonly queue: 'chat'; readonly do: 'board'; readonly id: string }
  | { readonly queue: 'chat'; readonly do: 'message'; readonly id: string };

/** Where a run's board is shown. `id` names it in wake-ups. */
export interface BoardAddress {
  readonly platform: 'slack' | 'telegram';
  readonly channel: string;
  readonly thread?: string;
}

/** A board as stored: what it shows and the message that shows it. */
export interface BoardRecord extends BoardAddress {
  readonly id: string;
  readonly run: string;
  readonly message?: string;
  /** The run's version that the message shows, and the hash of what it shows. */
  readonly shownVersion: number;
  readonly shownHash?: string;
  readonly locale: 'en' | 'ru';
}

/** Something to be sent once: a notice to a channel, an answer to a person, details to a thread. `key` makes a repetition harmless. */
export type OutgoingMessage = { readonly key: string; readonly run?: string } & (
  /** `asks`: it calls people to a question, and is not sent once that question is closed or was asked again. */
  | { readonly kind: 'notice'; readonly to: BoardAddress; readonly notice: Notice; readonly asks?: { readonly question: string; readonly nth: number } }
  | { readonly kind: 'reply'; readonly actor: Actor; readonly place: Place; readonly replyHandle?: string; readonly reply: Reply }
  | { readonly kind: 'details'; readonly board: string; readonly details: Details }
  /** A file for the board's thread. */
  | { readonly kind: 'file'; readonly board: string; readonly file: ChatFile }
  /** The run's report as a file for the thread of the board that stands there, made of the record when it is sent. */
  | { readonly kind: 'report'; readonly to: BoardAddress }
);

/** What people find a run by, and what wakes it; kept beside its events in the same transaction. */
export interface RunSummary {
  readonly target: string;
  readonly kind: RunKind;
  readonly phase: RunPhase;
  readonly outcome?: RunOutcome;
  readonly title: string;
  /** Milliseconds since the epoch; undefined: nothing happens by itself. */
  readonly wakeAt?: number;
}

/** How far a run's record goes: the version of its last event, and the hash that covers it and all before. */
export interface RunHead {
  readonly version: number;
  readonly hash: Uint8Array;
}

export interface AppendRequest {
  readonly run: string;
  readonly expected: RunHead;
  readonly events: readonly RunEvent[];
  readonly summary: RunSummary;
  /** A worker's lease; absent for what people say, which needs no ownership, only the version. */
  readonly token?: number;
  readonly wake: readonly WakeUp[];
  /** Boards to exist from now on. Every append wakes all boards of the run: at once when `urgent`, else coalesced. */
  readonly boards?: readonly (BoardAddress & { readonly locale: 'en' | 'ru' })[];
  readonly urgent: boolean;
  readonly messages?: readonly OutgoingMessage[];
  /** The delivery that this append answers: marked as processed in the same transaction. */
  readonly delivery?: { readonly id: string; readonly outcome: string };
  /** Backups that these events' receipts tell of: kept in the catalogue in the same transaction. A known one gains what is known of its proof. */
  readonly backups?: readonly BackupRecord[];
  /** Last known good releases that these events' receipts tell of: kept in the same transaction. */
  readonly preflights?: readonly PreflightRecord[];
  /** What these events ask for by themselves: stored as if somebody had said it, in the same transaction. A known id is left alone. */
  readonly asks?: readonly Delivery[];
  /** What the end of this run does to watches, in the same transaction. */
  readonly watch?: WatchStart;
  /** Take the target's lock for this run, or give it back. */
  readonly lock?: 'take' | 'release';
}

export type AppendResult =
  | { readonly status: 'appended'; readonly head: RunHead }
  /** Another append came first: reload and decide again. */
  | { readonly status: 'conflict' }
  /** The lease is another's by now: this worker may not act any more. */
  | { readonly status: 'fenced' }
  | { readonly status: 'locked'; readonly by: LockHolder }
  /** A copy of this delivery was processed before. */
  | { readonly status: 'processed' };

export interface LockHolder {
  readonly run: string;
  readonly since: number;
}

export interface RecordedRun {
  readonly head: RunHead;
  readonly events: readonly RunEvent[];
  /** Milliseconds since the epoch by PostgreSQL's clock, when it was read. */
  readonly now: number;
}

export interface RunListing extends RunSummary {
  readonly id: string;
  readonly requestedAt: number;
  readonly updatedAt: number;
}

export interface ObservedRelease extends Release {
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** planb took this release back; it is not proposed as known good. */
  readonly bad: boolean;
}

/** planb's own PostgreSQL: the truth. Every method throws StoreError when the database is away. */
export interface Store extends BackupStore, PreflightStore, WatchStore {
  /** PostgreSQL's clock, milliseconds since the epoch. */
  now(): Promise<number>;
  acceptDelivery(delivery: Delivery): Promise<'stored' | 'copy'>;
  /** Undefined when it does not exist or was processed. */
  pendingDelivery(id: string): Promise<Delivery | undefined>;
  /** For how long it has been stored, milliseconds. */
  deliveryWaits(id: string): Promise<number>;
  /** For commands that change no run: the answer and the mark in one transaction. */
  /** False when another delivery used this person's time-based code before: whoever overheard it cannot use it again. */
  useCode(person: PersonId, code: string, delivery: string): Promise<boolean>;
  /** For the command line: what came of a delivery, once it was processed. */
  deliveryOutcome(id: string): Promise<{ readonly outcome: string; readonly reply?: Reply } | undefined>;
  finishDelivery(id: string, outcome: string, messages: readonly OutgoingMessage[]): Promise<'finished' | 'processed'>;
  load(run: string): Promise<RecordedRun>;
  append(request: AppendRequest): Promise<AppendResult>;
  /** Messages that belong to no append; a known key is left alone. */
  enqueueMessages(messages: readonly OutgoingMessage[]): Promise<void>;
  /** The heads of runs that moved at or after `since` (milliseconds since the epoch) and, unless `endedOnly`, of all live ones, by run; `after` is the last run of the page before, '' for the first. */
  headsSince(page: { readonly since: number; readonly endedOnly: boolean; readonly after: string; readonly limit: number }): Promise<readonly (RunHead & { readonly run: string })[]>;
  runs(filter: { readonly live?: boolean; readonly target?: string; readonly limit: number }): Promise<readonly RunListing[]>;
  lockOf(target: string): Promise<LockHolder | undefined>;

  /** Ownership of a run for `ttlMs`; undefined while another owns it. The token counts up per target. */
  acquireLease(run: string, worker: string, ttlMs: number): Promise<number | undefined>;
  /** Extends the leases that this worker still holds; the versions tell it what others appended meanwhile. */
  renewLeases(worker: string, runs: readonly string[], ttlMs: number): Promise<ReadonlyMap<string, { readonly token: number; readonly version: number }>>;
  /** False when somebody appended after `version`: the owner has to look again. */
  releaseLease(run: string, token: number, version: number): Promise<boolean>;
  /** Hands the run over regardless of its version, for shutdown. */
  dropLease(run: string, token: number): Promise<void>;

  registerWorker(worker: string, identity: OwnerIdentity): Promise<void>;
  /** A sign of life. */
  touchWorker(worker: string): Promise<void>;
  /** Workers that registered and have not been buried; `silentMs` since their last sign of life. */
  knownWorkers(): Promise<readonly { readonly worker: string; readonly identity: OwnerIdentity; readonly silentMs: number }[]>;
  /** Frees every lease of a worker that is proven dead, and forgets it. */
  buryWorker(worker: string): Promise<readonly string[]>;

  /** Moves due wake-ups to the queue: they are gone only if `publish` resolved. */
  relayOutbox(limit: number, publish: (wakeUps: readonly WakeUp[]) => Promise<void>): Promise<number>;
  /** Gives back a wake-up that this version does not know: it waits in the outbox for a process that does, at least `delayMs`. */
  returnWakeUp(wakeUp: object, delayMs: number): Promise<void>;
  /** The migrations of a newer planb that were applied to this database since this process started. */
  newerMigrations(): Promise<readonly string[]>;
  /**
   * Whatever should have been woken and was not: unprocessed deliveries, due runs without an owner, boards behind their run, unsent messages. What waits in the
   * outbox for its time is not lost.
   */
  overdue(olderThanMs: number, limit: number): Promise<readonly WakeUp[]>;

  /** One holder at a time, for a while; undefined when another has it, who may be showing what was before: then the board is woken once more soon. */
  claimBoard(id: string, forMs: number): Promise<(BoardRecord & Waiting) | undefined>;
  /** Keeps a claim that has not been ended from running out. */
  extendBoardClaim(id: string, forMs: number): Promise<void>;
  /** Ends a claim; true when the run has moved on since the version that is shown. Undefined: nothing came of it, whoever wakes the board tries again. */
  boardShown(id: string, result: BoardResult | undefined): Promise<boolean>;
  /** Something that boards show changed without an append. */
  wakeBoards(run: string): Promise<void>;
  boardsOf(run: string): Promise<readonly BoardRecord[]>;
  /** Finds the run whose board or thread a word was said in. */
  runAt(place: { readonly platform: Platform; readonly channel: string; readonly message: string }): Promise<string | undefined>;
  claimMessage(id: string, forMs: number): Promise<(OutgoingMessage & Waiting) | undefined>;
  /** Keeps a claim that has not been ended from running out. */
  extendMessageClaim(id: string, forMs: number): Promise<void>;
  /** Ends a claim. With `retryAfterMs` it is woken then; a failure that is tried again without it waits for whoever wakes it. */
  messageSent(id: string, result: { readonly message?: string } | { readonly failed: string; readonly again: boolean; readonly retryAfterMs?: number }): Promise<void>;
  /** A Telegram group became a supergroup: boards and messages follow it. */
  moveChat(platform: 'telegram', from: string, to: string): Promise<void>;
  /** Where that group is now; undefined: it has not moved. */
  movedChat(platform: 'telegram', from: string): Promise<string | undefined>;
  /** What that supergroup was before, by which planb.yaml may still name it. */
  formerChat(platform: 'telegram', to: string): Promise<string | undefined>;

  saveButtons(run: string, buttons: readonly { readonly id: string; readonly meaning: ButtonMeaning }[]): Promise<void>;
  buttonMeaning(id: string): Promise<(ButtonMeaning & { readonly run: string }) | undefined>;

  observe(target: string, release: Release): Promise<{ readonly changed: boolean; readonly before?: ObservedRelease }>;
  observedReleases(target: string): Promise<readonly ObservedRelease[]>;
  markBad(target: string, release: string): Promise<void>;
  /** What to change in the target's own files, which still name a release that was taken back; undefined: it is not held. */
  saveHeld(target: string, line: string | undefined): Promise<void>;
  /** By target. */
  heldTargets(): Promise<Readonly<Record<string, string>>>;

  /** Transient lines for the board, not on the record: progress of steps (or of planning, step ''), and the service's health (`NOW`). */
  saveProgress(run: string, step: string, line: string): Promise<void>;
  progressOf(run: string): Promise<Readonly<Record<string, string>>>;
  saveLog(run: string, step: string, attempt: number, lines: readonly string[]): Promise<void>;
  logOf(run: string, step: string, attempt: number, lastLines: number): Promise<readonly string[]>;
  /** What the last look at the service saw. */
  /** True when the service went down or came back since the last look. */
  saveHealth(target: string, health: Omit<TargetHealth, 'outage'>): Promise<boolean>;
  healthOf(target: string): Promise<TargetHealth | undefined>;

  /** What the keys of the pages' links are made with; the same for every process. */
  pageSecret(): Promise<Uint8Array>;

  /** Runs `work` while this process is the only holder of `name` over all processes; waits for its turn until the signal aborts. */
  withLeadership(name: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds since it became due to be shown or sent. */
export interface Waiting {
  readonly waitedMs: number;
}

/**
 * What came of showing a board. `retryAfterMs`: nothing yet, wake it then (an append wakes it sooner); `deleted`: its message is gone, post another. `givenUp`: the platform will not have that version of
 * the run, so it is not woken for it any more.
 */
export type BoardResult =
  | { readonly version: number; readonly hash: string; readonly message: string; readonly channel: string }
  | { readonly retryAfterMs: number; readonly deleted?: true }
  | { readonly givenUp: number };

export interface ButtonMeaning {
  readonly action: string;
  readonly digest?: string;
  readonly step?: string;
  readonly attempt?: number;
}

export interface TargetHealth {
  readonly up: boolean;
  /** "503", "connection refused", "200". */
  readonly saw: string;
  /** Since when it has been so, and when it was read; milliseconds since the epoch. */
  readonly since: number;
  readonly readAt: number;
  /** The last time that it was down; without `until` it lasts. */
  readonly outage?: { readonly from: number; readonly until?: number };
}

/** planb's own PostgreSQL did not answer or refused; the caller repeats when `retryable`. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable: boolean, cause: unknown) {
    super(message, { cause });
    this.code = code;
    this.retryable = retryable;
  }
}
