/** Runs one of bin/'s programs: its errors as one line, its exit code, never a stack trace. */
import { basename } from 'node:path';

export async function runProgram(work, { failureCode } = {}) {
  try {
    process.exitCode = (await work(process.argv.slice(2))) ?? 0;
  } catch (error) {
    const name = basename(process.argv[1] ?? 'shop', '.mjs');
    process.stderr.write(`${name}: ${String(error.message).split('\n')[0]}\n`);
    process.exitCode = failureCode ?? error.exitCode ?? 1;
  }
}
