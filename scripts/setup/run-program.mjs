import { spawn } from 'node:child_process';

/** Runs a program with this terminal and resolves with its exit code; 127 when it does not exist. */
export function runProgram(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    // Ctrl-C reaches the whole terminal group: the child decides when to end, and its exit ends us.
    const ignore = () => undefined;
    const forward = () => child.kill('SIGTERM');
    process.on('SIGINT', ignore).on('SIGTERM', forward);
    const settle = (finish) => {
      process.off('SIGINT', ignore).off('SIGTERM', forward);
      finish();
    };
    child.once('error', (error) => settle(() => (error.code === 'ENOENT' ? resolve(127) : reject(error))));
    child.once('exit', (code, signal) => settle(() => resolve(code ?? (signal === 'SIGINT' ? 130 : 1))));
  });
}
