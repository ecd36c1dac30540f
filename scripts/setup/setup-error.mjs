/** Something that the person at the terminal must do; told in one line, without a stack trace. */
export class SetupError extends Error {
  constructor(message) {
    super(message);
    this.name = 'SetupError';
  }
}

/** One line of progress, on stderr: stdout belongs to the program that is started. */
export function say(line) {
  process.stderr.write(`planb: ${line}\n`);
}
