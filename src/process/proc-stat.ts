/** What planb reads from Linux's /proc/PID/stat. */
export interface ProcStat {
  /** R, S, D, T, Z, … : see proc(5). */
  readonly state: string;
  /** Process group. */
  readonly group: number;
  /** Clock ticks between boot and the process's start. Kept as text: it is only ever compared. */
  readonly startTicks: string;
}

/** Parses /proc/PID/stat, or returns null for a text of another form. */
export function parseProcStat(text: string): ProcStat | null {
  // Field 2 is the program's name in parentheses and may itself hold blanks and parentheses: count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const group = Number(fields[2]);
  const startTicks = fields[19];
  return state === undefined || startTicks === undefined ? null : { state, group, startTicks };
}

/** A zombie or dead entry is only a number that its parent has not collected: the process does nothing any more. */
export function hasEnded(stat: ProcStat): boolean {
  return stat.state === 'Z' || stat.state === 'X';
}
