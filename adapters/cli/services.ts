import type { Notice } from '../../src/board/model.js';
import type { BoardView } from '../../src/board/view.js';
import type { Scope } from '../../src/command/command.js';
import type { Config, Locale } from '../../src/config.js';
import type { ReferenceReader } from '../../src/config/secret-reference.js';
import type { Plan } from '../../src/plan/plan.js';
import type { BackupRecord } from '../../src/ports/backups.js';
import type { Dns } from '../../src/ports/dns.js';
import type { Hosts } from '../../src/ports/host.js';
import type { OwnerIdentity, OwnerState, RunProgram } from '../../src/ports/program.js';
import type { BoardAddress, Store } from '../../src/ports/store.js';
import type { TargetDatabase } from '../../src/ports/target-database.js';
import type { RunState } from '../../src/run/state.js';
import type { ActionPlaces } from '../../src/runbook/check-places.js';
import type { ActionSchemas } from '../../src/runbook/check-runbook.js';

/** Where text goes: process.stdout, process.stderr, or a test's collector. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** What `plan` was asked to plan; the rollback unless `runbook` names another of the target's runbooks (by kind or by name). */
export interface PlanRequest {
  readonly target: string;
  readonly runbook?: string;
  /** Release to go to; absent: the last known good. */
  readonly to?: string;
  readonly scope?: Scope;
}

/** `code`: a ReasonCode where planb refuses, else one of planning's own (`unreadable`, `bad-runbook`, `missing-secret`, …). */
export type PlanAnswer = { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly code: string; readonly message: string };

/** `known`: the catalogue had it already. */
export type RegisteredBackup = { readonly ok: true; readonly known: boolean; readonly backup: BackupRecord } | { readonly ok: false; readonly message: string };

/** What of a migration's two servers was gathered: a `.tar.gz`, the files in it, and what could not be read. */
export type CollectAnswer = { readonly ok: true; readonly archive: Uint8Array; readonly name: string; readonly files: readonly string[]; readonly missing: readonly string[] } | { readonly ok: false; readonly message: string };

export interface DemoOptions {
  /** Play both people, print the conversation, end with the outcome. */
  readonly auto: boolean;
  /** Real containers instead of processes. */
  readonly docker: boolean;
  /** Of the page; absent: a free one. */
  readonly port?: number;
}

/** What verifying a bundle found; `broken` as in AuditReport. */
export interface BundleAudit {
  readonly run: string;
  readonly events: number;
  readonly checkpoints: number;
  /** SPKI, base64. */
  readonly publicKey: string;
  readonly key: string;
  readonly broken: AuditReport['broken'];
}

/** What recomputing the hash chains found. */
export interface AuditReport {
  readonly runs: number;
  readonly events: number;
  /** The first event of each damaged run whose hash is not what it must be. */
  readonly broken: readonly { readonly run: string; readonly version: number; readonly what: string }[];
  /** The signed heads outside the database that the record was compared with, and what is wrong with their file. */
  readonly checkpoints?: { readonly file: string; readonly lines: number; readonly broken: readonly { readonly line: number; readonly what: string }[] };
}

export interface AuditOptions {
  /** A file of checkpoints; absent: this machine's own. */
  readonly checkpoints?: string;
  /** Public keys that are trusted beside this machine's own: SPKI in base64. */
  readonly keys: readonly string[];
}

export type ActionSummaries = readonly { readonly name: string; readonly summary: string }[];

/** How doctor reaches the outside. Each may throw or hang: doctor bounds and catches. */
export interface DoctorReach {
  /** Machines that targets or steps name with `on:`; closed by the one who asked. */
  readonly hosts: () => Promise<Hosts>;
  readonly runProgram: RunProgram;
  /** The providers of planb.yaml. */
  readonly dns: (signal: AbortSignal) => Promise<Dns>;
  readonly fetch: typeof globalThis.fetch;
  /** planb's own database and those of the targets. */
  readonly connectDatabase: (url: string) => Promise<TargetDatabase>;
  /** Redis's answer to INFO. */
  readonly redisInfo: (url: string) => Promise<string>;
  readonly references: ReferenceReader;
  /** PostgreSQL servers on this machine, for the embedded one. */
  readonly findPostgres: () => Promise<readonly { readonly directory: string; readonly major: number }[]>;
  /** Path of a Redis server on this machine; throws where there is none, with the fix in the message. */
  readonly findRedis: () => Promise<string>;
  /** Path of the browser that `browser.check` would start: the named program, or the machine's own. */
  readonly findChromium: (named?: string) => Promise<string | undefined>;
}

/**
 * Everything that the command line needs and cannot do itself; src/main.ts wires it. All functions, so that `planb --help` and `planb check` start
 * nothing. Functions that need planb.yaml throw an error named ConfigError where it is missing or wrong (exit code 2); everything else that they
 * throw is a failure (exit code 1) and is shown by its message.
 */
export interface CliServices {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Asks the person at the terminal one question and returns the line; absent where nobody can answer (a pipe, cron). */
  readonly ask?: (question: string) => Promise<string>;
  /** Replaces every configured secret in what is printed about failures. */
  readonly mask?: (text: string) => string;

  /** Runs until it is told to stop (SIGTERM, SIGINT); resolves after an orderly end, throws when it could not start. */
  readonly runService: (service: 'up' | 'bot' | 'worker') => Promise<void>;
  /** The exit code: 0 only when the shop was verified healthy, or the page was left in an orderly way. */
  readonly runDemo: (options: DemoOptions) => Promise<number>;

  readonly loadConfig: () => Promise<Config>;
  /** The text of a runbook by a built-in's name or by a path relative to `folder`. */
  readonly readRunbook: (name: string, folder: string) => Promise<{ readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }>;
  /** Every action's input schema, for `check`, and what it does, for `help actions`. */
  /** Which actions can act on another machine. */
  readonly actionPlaces: () => ActionPlaces | Promise<ActionPlaces>;
  readonly actionSchemas: () => ActionSchemas | Promise<ActionSchemas>;
  readonly actionSummaries: () => ActionSummaries | Promise<ActionSummaries>;

  /** planb's own PostgreSQL (the embedded one is started or joined), its schema up to date, closed when `work` ends. Throws StoreError. */
  readonly withStore: <T>(work: (store: Store) => Promise<T>) => Promise<T>;
  /** Posts a notice from this process, without a bot; `no-token`: the environment has none for that platform. Throws ChatError. */
  readonly postNotice: (to: BoardAddress, notice: Notice) => Promise<'posted' | 'no-token'>;
  readonly ownerState: (owner: OwnerIdentity) => Promise<OwnerState>;
  /** What the run's board shows beside the run; as the boards in chat get it. */
  readonly boardView: (store: Store, state: RunState, now: number) => Promise<BoardView>;
  /** Reads the live system and plans, without a run, a lock or a vote. Progress goes to `progress`. */
  readonly makePlan: (request: PlanRequest, progress: (line: string) => void) => Promise<PlanAnswer>;
  /** Reads both servers of a target for the analysis after a migration, and changes nothing. */
  readonly collect: (target: string, progress: (line: string) => void) => Promise<CollectAnswer>;
  /** Puts a dump that lies on this machine and was taken elsewhere into the catalogue of a target's backups. `path`: absolute. */
  readonly registerBackup: (target: string, path: string) => Promise<RegisteredBackup>;
  /** The post-mortem of a run as Markdown, in the language of its target's channel unless said; undefined: there is no such run. */
  readonly readReport: (run: string, locale: Locale | undefined) => Promise<string | undefined>;
  /** Recomputes the hash chain of one run, or of all, and compares it with what was signed outside the database. */
  readonly verifyAudit: (run: string | undefined, options: AuditOptions) => Promise<AuditReport>;
  /** A run's record as a text that proves itself; undefined: there is no such run. */
  readonly exportAudit: (run: string) => Promise<string | undefined>;
  /** Judges a bundle by its bytes alone: no database, no planb.yaml. */
  readonly verifyBundle: (path: string, trusted: string | undefined) => Promise<BundleAudit>;
  /** The public key of this machine's signatures. */
  readonly auditKey: () => Promise<{ readonly key: string; readonly publicKey: string }>;
  readonly doctor: () => DoctorReach;
}
