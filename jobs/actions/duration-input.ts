import { z } from 'zod';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A duration such as `500ms`, `120s`, `30m`; the value is milliseconds. A number is taken as milliseconds, so that parsed input parses again. */
export const durationInput = z.union([z.number().nonnegative(), z.string()]).transform((value, context): number => {
  if (typeof value === 'number') return value;
  const match = pattern.exec(value);
  const unit = units[match?.[2] ?? ''];
  if (match === null || unit === undefined) {
    context.addIssue({ code: 'custom', message: `"${value}" is not a duration; write 500ms, 120s, 30m or 2h` });
    return z.NEVER;
  }
  return Number(match[1]) * unit;
});

/** Milliseconds as a person says them: `350 ms`, `4.2 s`, `3 min 58 s`. */
export function sayDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1_000);
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}
