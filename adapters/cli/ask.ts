import { createInterface } from 'node:readline/promises';

/** Asks the person at the terminal; the question goes to standard error, so that a command's output stays clean. */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}
