import { z } from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
/** 366 days: beyond it a number is a slip of the pen, and timers overflow. */
const longestMs = 366 * unitMs.d;

/** Milliseconds of "500ms", "90s", "30m", "24h", "2d"; undefined where it is no duration or longer than 366 days. */
export function parseDuration(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  const unit = match?.[2];
  if (match === null || (unit !== 'ms' && unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd')) return undefined;
  const ms = Math.round(Number(match[1]) * unitMs[unit]);
  return ms <= longestMs ? ms : undefined;
}

const expected = 'expected a duration such as "90s", "30m", "24h" or "2d"';

/** A duration in YAML; parsed to milliseconds. */
export const durationSchema = z
  .string({ error: (issue) => (typeof issue.input === 'number' ? `${expected}: which unit is ${issue.input}?` : expected) })
  .meta({ pattern: pattern.source, examples: ['30m'] })
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: `${expected}, not ${JSON.stringify(text)}` });
    return z.NEVER;
  });
