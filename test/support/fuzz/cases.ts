import { appendFile } from 'node:fs/promises';

/** The long command sets both; what CI runs is always the same. */
const askedCases = Number(process.env['PLANB_FUZZ_CASES'] ?? 0);
const seed = Number(process.env['PLANB_FUZZ_SEED'] ?? 20_261_120);

/** For fc.assert: `inCi` cases where nothing else is asked for. What fails names its seed and path. */
export function cases(inCi = 1_000): { readonly numRuns: number; readonly seed: number; readonly interruptAfterTimeLimit?: number } {
  return { numRuns: askedCases > 0 ? askedCases : inCi, seed };
}

/** Whether this is the long command, whose limits on memory would mean little after a thousand cases. */
export const isLong = askedCases > 0;

/** A line of figures for the long command's result. */
export async function report(path: string, figures: Readonly<Record<string, number | string | Readonly<Record<string, number>>>>): Promise<void> {
  const file = process.env['PLANB_FUZZ_RESULTS'];
  if (file !== undefined) await appendFile(file, `${JSON.stringify({ path, seed, ...figures })}\n`);
}
