/** How a program ended, as `summarise` needs it. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  readonly timeoutMs: number | undefined;
}

/** One sentence about the end of `program`, for a person. */
export function summarise(program: string, end: ProgramEnd): string {
  if (end.timedOut) return `${program} was ended after its time limit of ${seconds(end.timeoutMs ?? 0)} s.`;
  if (end.aborted) return `${program} was ended because the run was stopped.`;
  if (end.signal !== null) return `${program} was ended by ${end.signal}.`;
  if (end.exitCode === 0) return `${program} finished.`;
  return `${program} ended with exit code ${end.exitCode}.`;
}

function seconds(ms: number): string {
  return String(Math.round(ms / 100) / 10);
}
