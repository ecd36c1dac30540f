import { oneLine } from '../board/one-line.js';

/** One thing that is wrong in a YAML file, said where a person can mend it. */
export interface Problem {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly message: string;
  /** The right word that is most like the wrong one. */
  readonly nearest?: string;
}

/** `planb.yaml:12:5 unknown key "requestors" (did you mean "requesters"?)`, always one line. */
export function formatProblem(problem: Problem): string {
  const hint = problem.nearest === undefined ? '' : ` (did you mean "${problem.nearest}"?)`;
  return oneLine(`${problem.file}:${problem.line}:${problem.column} ${problem.message}${hint}`.replaceAll('\r', '\n'));
}

/** By line, then column: the order in which someone walks through the file. A message at one place is said once. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column || (a.message < b.message ? -1 : 1));
  return sorted.filter((problem, index) => index === 0 || formatProblem(problem) !== formatProblem(sorted[index - 1] ?? problem));
}
