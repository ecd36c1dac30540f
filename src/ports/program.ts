/** Which attempt a program works for: put into its environment, so that survivors of a crash can be found and ended. */
export interface ProgramMarker {
  readonly run: string;
  readonly step: string;
  /** `<run>/<step>/<attempt>`. */
  readonly attempt: string;
}

/** One line of a program's output, masked, without its line end and without control characters. */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/**
 * The variables of the environment around it that every program gets, of planb's own or of the account on another machine. Environments hold secrets, so a program gets what it is named and nothing by
 * default: these are where programs, home and temporary files are, and the language and time zone of their messages.
 */
export const inheritedVariables = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const;

/** A program to run. There is no shell: arguments reach the program exactly as they are here. */
export interface ProgramRequest {
  /** The program, by path or by name on PATH, and its arguments. Never a secret: argument lists are public on a machine. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Variables for this program. Besides these it gets PATH, HOME, LANG, LC_ALL, TZ, TMPDIR and the marker, nothing else. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of further variables of the environment around it to hand on where they are set (DOCKER_HOST, KUBECONFIG). */
  readonly passEnv?: readonly string[];
  /** Written to standard input, which is then closed. Without it the program reads an end of file at once. */
  readonly input?: string;
  /** Milliseconds until the program's whole process group is ended. */
  readonly timeoutMs?: number;
  /** Ends the process group like the time limit does. */
  readonly signal?: AbortSignal;
  /** Milliseconds between SIGTERM and SIGKILL. Default 10 000. */
  readonly graceMs?: number;
  /** How much output the outcome keeps, in bytes; the middle goes first. Default 262 144. `onLine` sees all of it. */
  readonly maxOutputBytes?: number;
  readonly onLine?: (line: OutputLine) => void;
  /**
   * Reads standard output itself, as bytes and at its own pace: for archives and files. They are not masked, not kept in the outcome and not shown to `onLine`, so they must
   * go into no log. Standard output is closed when it returns.
   */
  readonly readStdout?: (stdout: AsyncIterable<Uint8Array>) => Promise<void>;
  readonly marker?: ProgramMarker;
}

/** How a program ended. Failing programs are ordinary: nothing here is thrown. */
export interface ProgramOutcome {
  /** It ran to its end and exited with 0. */
  readonly ok: boolean;
  /** Null when it never ran or a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** The program, or its working folder, does not exist or may not be executed; nothing was started. */
  readonly notFound: boolean;
  /** Another machine could not be reached, or no longer: nothing was started, or what was is ended. */
  readonly unreachable?: boolean;
  /** One sentence about the end, for a person: "pg_dump ended with exit code 1." */
  readonly summary: string;
  /** Milliseconds. */
  readonly durationMs: number;
  /** Both streams, line by line as they came, masked and free of control characters. */
  readonly output: string;
  /** Standard output alone, in the same form: for programs that answer with JSON. */
  readonly stdout: string;
  /** Bytes that `output` leaves out; its text says where. A cut `stdout` must not be parsed. */
  readonly droppedBytes: number;
  /** The process, which is also its group; null when nothing was started. */
  readonly pid: number | null;
  /** When it started, in clock ticks since boot; with the pid it names the process even after the pid was used again. */
  readonly startTicks: string | null;
}

/**
 * Runs a program to its end. The program dies with planb, and its process group is gone when a run that timed out or
 * was aborted returns. What a program leaves in the background after an ordinary end is left alone.
 *
 * Throws only what `onLine` or `readStdout` threw, after ending the program.
 */
export type RunProgram = (request: ProgramRequest) => Promise<ProgramOutcome>;

/** A process that no other one can be mistaken for, on whatever machine and in whatever container. */
export interface OwnerIdentity {
  readonly hostname: string;
  /** /etc/machine-id, or empty where there is none. */
  readonly machineId: string;
  /** Changes with every boot; containers see their host's. */
  readonly bootId: string;
  /** Which table of process numbers `pid` belongs to: `pid:[4026531836]` outside containers. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTicks: string;
}

/**
 * What can be proven about an owner from here: `elsewhere` means nothing (another machine or container, or a process
 * that this user may not look at), so the owner must be presumed alive.
 */
export type OwnerState = 'alive' | 'dead' | 'elsewhere';
