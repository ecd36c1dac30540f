import { appendFile } from 'node:fs/promises';

/** The long command sets both; what CI runs is always the same. */
const askedCases = Number(process.env['PLANB_FUZZ_CASES'] ?? 0);
const seed = Number(process.env['PLANB_FUZZ_SEED'] ?? 20_261_120);

/** When the long command should end, for what would take longer; the figures say how far it came. */
const endsAt = process.env['PLANB_FUZZ_MINUTES'] === undefined ? undefined : Date.now() + Number(process.env['PLANB_FUZZ_MINUTES']) * 60_000;

/** For fc.assert: `inCi` cases where nothing else is asked for. What fails names its seed and path. */
export function cases(inCi = 1_000): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: askedCases > 0 ? askedCases : inCi, seed };
}

/** Beside `cases`, for one of `left` parts that are still to be done: it ends with its share of the time that is left, where the long command was given a limit. */
export function shareOfTime(left: number): { readonly interruptAfterTimeLimit?: number } {
  return endsAt === undefined ? {} : { interruptAfterTimeLimit: Math.max(1_000, (endsAt - Date.now()) / left) };
}

/** Whether this is the long command, whose limits on memory would mean little after a thousand cases. */
export const isLong = askedCases > 0;

/** A line of figures for the long command's result. */
export async function report(path: string, figures: Readonly<Record<string, number | string | Readonly<Record<string, number>>>>): Promise<void> {
  const file = process.env['PLANB_FUZZ_RESULTS'];
  if (file !== undefined) await appendFile(file, `${JSON.stringify({ path, seed, ...figures })}\n`);
}
