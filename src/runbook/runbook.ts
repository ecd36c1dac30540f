import type { RunKind } from '../command/command.js';
import type { Effect, JsonObject, StageText } from '../plan/plan.js';
import type { TargetSettings } from './target-settings.js';

export type ParameterType = 'release' | 'string' | 'number' | 'boolean' | 'choice';

/** One `params:` entry. */
export interface Parameter {
  readonly type: ParameterType;
  readonly required: boolean;
  readonly default?: string | number | boolean;
  /** `choice` only: the values to choose from. */
  readonly options: readonly string[];
  readonly description?: string;
}

/** 1-based place in the runbook's file. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * A line of a runbook as written, expressions unresolved; the shortcut `run: [program, …]` is already `uses: run` with its
 * `program`, and what such a step says of itself (effect, destructive, probe, env) is in its `with` too.
 */
export interface RunbookStep {
  readonly id: string;
  /** As shown in the checklist; may hold expressions. */
  readonly name: string;
  /** The action's name. */
  readonly uses: string;
  readonly with: JsonObject;
  /** Explicit, or the step above; empty for the first. */
  readonly needs: readonly string[];
  readonly prepare: boolean;
  /** An expression without its `${{ }}`, resolved when the plan is made. */
  readonly if?: string;
  readonly timeoutMs?: number;
  readonly retry: { readonly max: number; readonly delayMs: number };
  readonly continueOnError: boolean;
  readonly on?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Said by the author, over what the action says of itself. */
  readonly destructive?: boolean;
  /** Said by the author of a program or a manual line: once it is done, nothing of the target writes any more. */
  readonly stopsWriters?: boolean;
  /** What it sees is what the board's NOW line says; where no step says so, the plan's first `http.check`. */
  readonly now?: true;
  /** Told to the channels under `notify` when the step begins; may hold expressions. */
  readonly stage?: StageText;
  readonly effect?: Effect;
  /** `run` only: exit 0 = it happened, 1 = it did not, else unclear. */
  readonly probe?: readonly string[];
  readonly position: Position;
  /** Where each part of the step stands, by its path (`with.image`, `env.TOKEN`, `if`). */
  readonly positions: Readonly<Record<string, Position>>;
  /** The same for the keys, where the key is what is wrong. */
  readonly keyPositions: Readonly<Record<string, Position>>;
}

/** A parsed runbook file. */
export interface Runbook {
  readonly name: string;
  readonly description?: string;
  readonly kind: RunKind;
  readonly params: Readonly<Record<string, Parameter>>;
  /** What it reads of a target's `with`; absent: it says nothing of it, and anything may be there. */
  readonly settings?: TargetSettings;
  /** In the file's order; `needs` makes the graph. */
  readonly steps: readonly RunbookStep[];
  /** As said in messages. */
  readonly file: string;
}

/** What expressions can read. */
export interface ExpressionContexts {
  /** The target's `with`, and its `id`, `title` and `environment`. */
  readonly target: JsonObject;
  readonly params: JsonObject;
  /** The run's `id`, its `scope` (the word behind `for`) or null, and the release that it leaves (`from`) or null. */
  readonly run: JsonObject;
  /** By fact key, for example `facts['compose:/srv/litellm:litellm']`. */
  readonly facts: JsonObject;
  /** `kind`, `reasons` (texts) and `lost`; of a return from a migration also `scenario`, `data`, `reachable`, `since` and `moment` (the same for people), else null. */
  readonly verdict: JsonObject;
  /** `id`, `locale`, and `slack` or `telegram` where the channel has them. */
  readonly channel: JsonObject;
}

/** A step for the planner: expressions resolved, `if` decided (steps that it leaves out are gone), secrets still references. */
export interface ResolvedStep {
  readonly id: string;
  readonly name: string;
  readonly uses: string;
  readonly with: JsonObject;
  /** Only steps that remain: needing a step that `if` left out means needing what that step needed. */
  readonly needs: readonly string[];
  readonly prepare: boolean;
  readonly effect?: Effect;
  readonly destructive?: boolean;
  readonly stopsWriters?: boolean;
  readonly now?: true;
  readonly stage?: StageText;
  readonly probe?: readonly string[];
  readonly timeoutMs?: number;
  readonly retry: { readonly max: number; readonly delayMs: number };
  readonly continueOnError: boolean;
  readonly on?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly position: Position;
}

/** A step that could not be resolved; planning fails with these words. */
export interface ResolveProblem extends Position {
  readonly step: string;
  /** `with.image`, `if`, … */
  readonly part: string;
  readonly message: string;
}

