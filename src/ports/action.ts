import type { z } from 'zod';
import type { Locale } from '../config.js';
import type { PersonId } from '../person.js';
import type { Effect, Fact, Json, JsonObject, Release } from '../plan/plan.js';
import type { StepError } from '../run/events.js';
import type { VerdictKind } from '../verdict/verdict.js';
import type { Dns } from './dns.js';
import type { HostFiles, HostForward } from './host.js';
import type { ProgramOutcome, ProgramRequest } from './program.js';
import type { TargetBackups } from './backups.js';
import type { ChatFile } from './chat.js';
import type { TargetRecords } from './preflights.js';
import type { ConnectDatabase } from './target-database.js';
import type { ThrowawayPostgres } from './throwaway-postgres.js';

/** The worker's own machine, whatever `on` says. */
export interface HereBeside {
  readonly run: ActionContext['run'];
  readonly connectDatabase: ConnectDatabase;
  readonly forward: HostForward;
}

/** What an action may use to look at the world, when planning and when acting. Secrets in `with` are already resolved. */
export interface ActionContext {
  readonly target: string;
  /** Of a plan that no run carries out: a word in its place. Names what a step makes outside of planb. */
  readonly runId: string;
  /**
   * Runs a program by argument array; output is masked, capped and streamed to the run's log, unless `quiet`: for reading state, often. `afterAbort`: also when `signal` has
   * aborted, for taking away what an aborted attempt made; never without a time limit.
   */
  readonly run: (request: ProgramRequest, options?: { readonly quiet?: boolean; readonly afterAbort?: boolean }) => Promise<ProgramOutcome>;
  readonly connectDatabase: ConnectDatabase;
  /** The files that the step is about, where it acts; planb's own (`runFolder`, `cacheFolder`) are on the worker's machine. */
  readonly files: HostFiles;
  /** `ssh://user@host`, where `run`, `connectDatabase`, `fetch` and `files` are another machine's; absent: the worker's own. */
  readonly on?: string;
  /** Where the step acts on another machine: the worker's own beside it, which keeps dumps, and ways from here to there. */
  readonly here?: HereBeside;
  readonly throwawayPostgres: ThrowawayPostgres;
  /** The providers of planb.yaml, and any server of DNS, always from the worker's machine. */
  readonly dns: Dns;
  readonly backups: TargetBackups;
  readonly records: TargetRecords;
  readonly fetch: typeof globalThis.fetch;
  /** Also when `signal` has aborted, for taking away what an aborted attempt made; never without a time limit. */
  readonly fetchAfterAbort: typeof globalThis.fetch;
  /** Milliseconds since the epoch, for durations and timestamps in receipts. */
  readonly now: () => number;
  /** Resolves after the time, rejects when the signal aborts: for polling intervals, never for hoping. */
  readonly pause: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
  /** One line to the step's log (masked). */
  readonly log: (line: string) => void;
  /** A short line shown on the board while the step runs ("42 % of 1.1 GB"); coalesced. */
  readonly progress: (line: string) => void;
  /** A folder kept with the run (saved logs, definitions, backups), created on first use. */
  readonly runFolder: () => Promise<string>;
  /** A folder for what can be read again at any time, shared by every run and worker of this machine: files appear in it whole and may vanish. */
  readonly cacheFolder: () => Promise<string>;
  /** Replaces every configured secret. */
  readonly mask: (text: string) => string;
}

/** In addition, what only an executing step has. */
export interface StepContext extends ActionContext {
  readonly step: string;
  /** `<run>/<step>/<attempt>`: marks child processes, override files, rows. */
  readonly attemptId: string;
  readonly requester: PersonId;
  readonly from?: Release;
  readonly to?: Release;
  /** When the nearest steps before this one that do more than read started (none: now), milliseconds since the epoch. */
  readonly startedAt: number;
  /** When this step's very first attempt started (none: now), whoever carried it out; milliseconds since the epoch. */
  readonly firstStartedAt: number;
  /** The plan's facts as people approved them: what this step must find, and no more (rule 2). */
  readonly facts: readonly Fact[];
  /** Receipts of the steps before, by step id. Never for a destructive step's input (rule 2). */
  readonly receipts: Readonly<Record<string, JsonObject>>;
  /** No step of the plan is destructive: what is at hand already may do. */
  readonly destroysNothing: boolean;
  readonly notifyChannel: (channel: string, text: string) => Promise<void>;
  /** A file for the thread of each of the run's boards; the same text once. */
  readonly postFile: (file: ChatFile) => Promise<void>;
  /** The target's way back from a migration (its runbook `return`), as it would be planned right after the switch. */
  readonly planReturn: () => Promise<{ readonly ok: true; readonly text: string; readonly digest: string; readonly steps: number } | { readonly ok: false; readonly message: string }>;
  /** The target's rollback from `after` (a release that does not run yet) to the one that runs now, as a file of commands. */
  readonly planWayBack: (after: Release) => Promise<{ readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }>;
}

/** What is known of a plan when its steps are described. */
export interface PlanSoFar {
  readonly facts: readonly Fact[];
  readonly from?: Release;
  readonly to?: Release;
  /** The target's, as planb.yaml says. */
  readonly environment?: string;
  /** How the target should go back, as the facts say; absent where nothing was judged. */
  readonly verdict?: VerdictKind;
  /** No step of the whole plan is destructive. */
  readonly destroysNothing?: boolean;
  /** Of the target's own channel: what is lost is said in it, for those who vote. English without it. */
  readonly locale?: Locale;
}

/** What the plan shows and freezes of a step. */
export interface StepDescription {
  readonly commands: readonly string[];
  readonly effect: Effect;
  readonly destructive: boolean;
  /** Once it is done nothing of the target writes to its database any more. */
  readonly stopsWriters?: boolean;
  /** From its start on the target may write again. */
  readonly startsWriters?: boolean;
  readonly changes: readonly { readonly key: string; readonly to?: Json }[];
  /** What goes away, a sentence each. */
  readonly lost?: readonly string[];
  readonly estimateMs?: number;
  readonly outageMs?: number;
  /** What a person still has to do after the run, a line each. */
  readonly todo?: readonly string[];
}

/** Whether an effect happened, after a crash. `saw` is shown to the person who must choose. */
export type ProbeResult = { readonly outcome: 'happened'; readonly receipt: JsonObject; readonly saw: string } | { readonly outcome: 'absent' | 'unclear'; readonly saw: string };

export type StepResult = { readonly ok: true; readonly receipt: JsonObject } | { readonly ok: false; readonly error: StepError; /** Another try may help by itself. */ readonly retryable: boolean };

/** `saw` is shown to the person who said Done too early. */
export type Confirmation = { readonly ok: true; readonly receipt: JsonObject } | { readonly ok: false; readonly saw: string };

/**
 * The code behind a step's `uses:`. One file an action in jobs/actions. Actions return results; they throw only for bugs and for aborted signals
 * (the engine turns an abort into its own outcome).
 */
export interface Action<Input> {
  readonly name: string;
  /** One sentence for `planb help actions` and the docs. */
  readonly summary: string;
  readonly input: z.ZodType<Input>;
  /** Its passing is evidence of health (http.check, logs.scan). */
  readonly check?: boolean;
  /**
   * Whether the step can act on another machine (`on:`): `true` when it reaches the world through its context alone, `irrelevant` when it touches no machine, so that a target's `on` does not concern it.
   * Absent: on the worker's own machine only.
   */
  readonly remote?: true | 'irrelevant';
  /** What `inspect` reads moves by itself and has no threshold, so there is no drift to look for in it: it is read for the plan only. */
  readonly measuresOnly?: boolean;
  /** What `inspect` reads serves this step alone and no verdict, and may not be there where the verdict needs no such step: where an `if` leaves that to the verdict, it is read after it. */
  readonly inspectsForItself?: boolean;
  /** Milliseconds, where the runbook sets no `timeout-minutes`. */
  readonly defaultTimeoutMs: number;
  /** Facts about the live system that this step rests on; identity facts become part of the digest. Reads only. */
  readonly inspect?: (context: ActionContext, input: Input) => Promise<readonly Fact[]>;
  /** Releases that this action could put back, newest first; and the one that runs now. */
  readonly releases?: (context: ActionContext, input: Input) => Promise<readonly Release[]>;
  readonly running?: (context: ActionContext, input: Input) => Promise<Release | undefined>;
  /** `input` holds secrets as references here, so commands show `${env:NAME}`, never values. */
  readonly describe: (input: Input, plan: PlanSoFar) => StepDescription;
  /** Saves what will be lost and returns what undoing needs; durable in StepStarted before `execute`. */
  readonly before?: (context: StepContext, input: Input) => Promise<JsonObject>;
  readonly execute: (context: StepContext, input: Input) => Promise<StepResult>;
  /** Absent: the outcome of an interrupted `once` attempt is always unknown. */
  readonly probe?: (context: StepContext, input: Input, undo: JsonObject | undefined) => Promise<ProbeResult>;
  /** Removes what a cancelled or failed attempt left behind. */
  readonly cleanup?: (context: StepContext, input: Input, undo: JsonObject | undefined) => Promise<void>;
  /** Not executed by a worker: a person is awaited with these instructions (`manual`). Undefined: this time it is executed after all. `facts`: the plan's. */
  readonly awaits?: (input: Input, facts: readonly Fact[]) => string | undefined;
  /** Whether what the person was asked for is so, when they say Done; until it is, Done is refused. Reads only. */
  readonly confirm?: (context: StepContext, input: Input) => Promise<Confirmation>;
}
