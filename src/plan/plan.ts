import type { RunKind, Scope } from '../command/command.js';
import type { PersonId } from '../person.js';
import type { Verdict, VerdictKind } from '../verdict/verdict.js';

/** Plain JSON, the only thing that plans, events and receipts are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** One immutable version that a target ran or can run. */
export interface Release {
  /** As people say it: an image tag, a chart revision, a version. */
  readonly name: string;
  /** `sha256:…` repository digest, else image id, else absent (a directory, a commit). */
  readonly digest?: string;
  /** A tag that can point elsewhere tomorrow (latest, main, nightly): named as such. */
  readonly moving?: boolean;
}

/**
 * Something read from the live system. Identity facts say what is there and are part of the digest; measured facts move by
 * themselves and are shown with their threshold.
 */
export interface Fact {
  /** Stable and unique within a plan, for example `compose:/srv/litellm:litellm`. */
  readonly key: string;
  readonly kind: 'identity' | 'measured';
  /** What a person calls it. */
  readonly label: string;
  readonly value: Json;
  /** Measured facts: crossing this counts as drift. */
  readonly threshold?: { readonly max?: number; readonly min?: number };
  /** When it was read, ISO 8601 UTC. */
  readonly readAt: string;
}

/** Who may approve and for how long; part of the digest. Groups stay names: membership is judged when it matters. */
export interface ApprovalPolicy {
  /** Distinct people needed. */
  readonly people: number;
  /** Groups or people who may vote. */
  readonly from: readonly string[];
  /** Milliseconds a vote counts. */
  readonly expiresMs: number;
  readonly requesterCounts: boolean;
  /** Groups or people mentioned when nobody answers. */
  readonly escalate: readonly string[];
  /** A word that lets something be destroyed counts only with its speaker's own current code, from wherever it comes. */
  readonly secondFactor?: 'totp';
  /** Which plans that a watch or an alert asked for start without votes. Absent: none. */
  readonly auto?: AutoPolicy;
  /** Groups or people who may start a plan alone, with a reason. Absent: nobody. */
  readonly breakGlass?: readonly string[];
}

/** Pre-approval by policy: the first exception of rule 1. */
export interface AutoPolicy {
  /** The verdicts that it lets through; a destructive plan only where its verdict says so. */
  readonly for: readonly VerdictKind[];
  /** `always`, or hours on a zone's wall clock: "09:00-18:00 Europe/Berlin". */
  readonly hours: string;
  readonly by: readonly ('rules' | 'alerts')[];
}

export type Effect = 'read' | 'idempotent' | 'once';

/** A stage in the languages of channels. */
export interface StageText {
  readonly en: string;
  readonly ru: string;
}

/** One line of a plan, its expressions resolved; secrets are still references such as `${env:NAME}`. */
export interface PlannedStep {
  readonly id: string;
  readonly name: string;
  readonly uses: string;
  readonly with: JsonObject;
  readonly needs: readonly string[];
  /** May run while votes are awaited. */
  readonly prepare: boolean;
  readonly effect: Effect;
  readonly destructive: boolean;
  /** Once it is done nothing of the target writes any more: a backup taken after it is whole (rule 5). */
  readonly stopsWriters?: boolean;
  /** From its start on the target may write again. */
  readonly startsWriters?: boolean;
  /** What this `http.check` sees is what the board's NOW line says; without one, the first. */
  readonly now?: true;
  /** What the channels under `notify` are told when the step begins for the first time. */
  readonly stage?: StageText;
  /** Its passing is evidence of health; a run is verified only when its checks passed. */
  readonly check: boolean;
  /** What will be executed, as a person could paste it; secrets as variable names. */
  readonly commands: readonly string[];
  readonly timeoutMs: number;
  readonly retry: { readonly max: number; readonly delayMs: number };
  readonly continueOnError: boolean;
  /** Identity facts that the step changes; `to` is the value expected afterwards where it is known beforehand. */
  readonly changes: readonly { readonly key: string; readonly to?: Json }[];
  /** SHA-256 of where each secret reference pointed when the plan was made, checked again on the worker that executes. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Typical duration and outage in milliseconds, where known. */
  readonly estimateMs?: number;
  readonly outageMs?: number;
  /** `ssh://user@host`, where the step runs on another machine. */
  readonly on?: string;
  /** On another machine than its target's: the keys of its facts carry the machine (`planKey`). */
  readonly apart?: true;
  readonly env?: Readonly<Record<string, string>>;
}

/** A step as far as reading its facts needs it. */
export interface FactSource {
  readonly id: string;
  readonly name: string;
  readonly uses: string;
  readonly with: JsonObject;
  /** `ssh://user@host`, where it is read on another machine. */
  readonly on?: string;
  /** On another machine than its target's: the keys of its facts carry the machine (`planKey`). */
  readonly apart?: true;
  readonly env?: Readonly<Record<string, string>>;
}

/** What people vote on: everything that will happen, frozen. */
export interface Plan {
  readonly target: string;
  readonly title: string;
  readonly environment: string;
  readonly kind: RunKind;
  readonly runbook: { readonly name: string; readonly sha256: string };
  readonly params: JsonObject;
  readonly from?: Release;
  readonly to?: Release;
  readonly scope?: Scope;
  readonly facts: readonly Fact[];
  readonly verdict: Verdict;
  readonly steps: readonly PlannedStep[];
  /** Steps that facts or verdict left out: the plan rests on what was read for them too, so it is read again with the rest. */
  readonly leftOut?: readonly FactSource[];
  readonly policy: ApprovalPolicy;
  /** Lines for the person who finishes the job, shown on the final board (for example which line of a file still names the bad release). */
  readonly todo: readonly string[];
  /** When planning finished, ISO 8601 UTC; not in the digest. */
  readonly plannedAt: string;
  readonly plannedFor: PersonId;
}
