import { z } from 'zod';
import { durationSchema } from '../../src/duration.js';

/** A duration of a step; the value is milliseconds. A number is taken as milliseconds, so that parsed input parses again. */
export const durationInput = z.union([z.number().int().nonnegative(), durationSchema]);

/** Milliseconds as a person says them: `350 ms`, `4.2 s`, `3 min 58 s`. */
export function sayDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1_000);
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}
