import { cpus, totalmem } from 'node:os';
import type { RandomKills } from './random-kills.js';
import type { ScenarioResult } from './scenario.js';

export interface Recovery {
  readonly samples: number;
  readonly medianMs: number;
  readonly worstMs: number;
  /** Share that took no longer than five seconds, 0 to 1. */
  readonly withinFiveSeconds: number;
}

export function recoveryOf(samples: readonly number[]): Recovery {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    samples: sorted.length, medianMs: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0), worstMs: Math.round(sorted.at(-1) ?? 0),
    withinFiveSeconds: sorted.length === 0 ? 1 : sorted.filter((ms) => ms <= 5_000).length / sorted.length,
  };
}

const recoveriesIn = (results: readonly ScenarioResult[]): readonly number[] => results.flatMap(({ recoveryMs }) => (recoveryMs === undefined ? [] : [recoveryMs]));

/** What the matrix showed, a line a fault. */
export function matrixTable(results: readonly ScenarioResult[]): string {
  const rows = [...new Set(results.map(({ fault }) => fault))].map((fault) => {
    const of = results.filter((result) => result.fault === fault);
    const { samples, medianMs, worstMs } = recoveryOf(recoveriesIn(of));
    const times = samples === 0 ? ['-', '-'] : [String(medianMs), String(worstMs)];
    return [fault, String(of.length), String(of.filter(({ problems }) => problems.length > 0).length), ...times, String(of.reduce((sum, { asked }) => sum + asked, 0)), String(of.filter(({ boards }) => boards > 1).length)];
  });
  return table([['fault', 'points', 'wrong', 'recovery median ms', 'worst ms', 'asked a person', 'board twice'], ...rows]);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_head, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')).join('\n');
}

export function sayRandom({ kills, runs, asked, effects, recoveriesMs, problems }: RandomKills): string {
  const { medianMs, worstMs } = recoveryOf(recoveriesMs);
  return `${String(kills)} random kills over ${String(runs)} runs, ${String(effects)} effects: ${String(problems.length)} wrong, ${String(asked)} times a person was asked what happened; recovery median ${String(medianMs)} ms, worst ${String(worstMs)} ms`;
}

/** What is stored: figures, and the machine that they come from. */
export function report(seed: number, matrix: readonly ScenarioResult[], random: RandomKills | undefined): object {
  return {
    at: new Date().toISOString(), seed,
    machine: { cpus: cpus().length, model: cpus()[0]?.model ?? '', memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version },
    matrix: { scenarios: matrix.length, wrong: matrix.filter(({ problems }) => problems.length > 0), recovery: recoveryOf(recoveriesIn(matrix)), cells: matrix.map(({ problems, ...cell }) => ({ ...cell, ok: problems.length === 0 })) },
    ...(random === undefined ? {} : { random: { kills: random.kills, runs: random.runs, effects: random.effects, asked: random.asked, problems: random.problems, recovery: recoveryOf(random.recoveriesMs) } }),
  };
}
