import { execa } from 'execa';

const PREFIX = ['setpriv', '--pdeathsig=KILL', '--'] as const;
let supported: Promise<boolean> | undefined;

/**
 * The same command, killed by the kernel when planb dies (util-linux's setpriv; it replaces itself by the program, so
 * the pid stays). Without setpriv the command is unchanged and only the marker finds what a crash left behind.
 *
 * The kernel watches the thread that started the child: programs must be started from Node's main thread.
 */
export async function dieWithPlanb(argv: readonly [string, ...string[]]): Promise<readonly [string, ...string[]]> {
  // Asked once: the answer is a property of the machine.
  supported ??= execa(PREFIX[0], [...PREFIX.slice(1), 'true'], { reject: false, stdio: 'ignore' }).then((result) => !result.failed);
  return (await supported) ? [...PREFIX, ...argv] : argv;
}
