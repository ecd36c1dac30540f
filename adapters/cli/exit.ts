/** What a script learns from planb: done, failed, wrongly used or configured, or refused by planb's rules. */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with this code. The message goes to standard error; an empty one means that everything has been said. */
export class CliExit extends Error {
  override readonly name = 'CliExit';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message = '', options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
