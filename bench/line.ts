import type { BenchServices } from './services.js';

/** One figure of one side: raw values in the order in which they were measured, and what is compared. */
export interface Side {
  readonly name: string;
  readonly unit: string;
  /** A value a round; the sides' rounds alternate, so that a busy machine hits both. */
  readonly rounds: readonly number[];
}

/** A comparison with its budget. Without a peer the figure itself is compared. */
export interface Figure {
  readonly what: string;
  readonly planb: Side;
  readonly peer?: Side;
  /** `ratio`: median of planb divided by the peer's; else planb's median. */
  readonly compared: 'ratio' | 'value';
  readonly budget: { readonly is: 'at most' | 'at least'; readonly value: number };
}

/** How large a line is measured: `quick` is for trying, its figures mean little. */
export interface Size {
  readonly quick: boolean;
  readonly rounds: number;
}

/** One line of the budget. */
export interface Line {
  readonly name: string;
  readonly title: string;
  measure(services: BenchServices, size: Size): Promise<readonly Figure[]>;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which the share `p` (0 to 1) of them lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}

/** What is held against the budget. */
export function comparedValue(figure: Figure): number {
  const own = median(figure.planb.rounds);
  return figure.compared === 'ratio' && figure.peer !== undefined ? own / median(figure.peer.rounds) : own;
}

export function isWithin(figure: Figure): boolean {
  const value = comparedValue(figure);
  return figure.budget.is === 'at most' ? value <= figure.budget.value : value >= figure.budget.value;
}
