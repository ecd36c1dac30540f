import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { execa } from 'execa';

import { EmbeddedServiceError } from './embedded-error.js';

/** As whom a server runs: a command prefix, and the account that must own its files (`null`: leave the owner alone). */
export interface ServerUser {
  readonly prefix: readonly string[];
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/** Accounts to which root steps down, best first. */
const ACCOUNTS = ['postgres', 'nobody'];

/**
 * A user namespace in which root is an ordinary user: the server keeps root's files but none of its capabilities. That
 * user must have an entry in /etc/passwd, since initdb looks its own name up.
 */
function namespaceOf(account: { uid: number; gid: number } = { uid: 65534, gid: 65534 }): readonly string[] {
  return ['unshare', '--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`, '--'];
}

/**
 * Chooses the user for the servers in `folder`. PostgreSQL refuses to run as root, and no server needs to: root steps
 * down to an account that can reach the folder, and where none can (a folder under /root) to a user namespace.
 * An existing folder keeps the user that it was made with.
 *
 * @throws EmbeddedServiceError `embedded.cannot_drop_root`
 */
export async function chooseServerUser(folder: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { prefix: [], owner: null };
  const existing = await stat(folder).catch(() => null);
  if (existing !== null && existing.uid !== 0) return stepDown(existing.uid, existing.gid);
  if (existing === null) {
    for (const account of await accounts()) {
      const user = stepDown(account.uid, account.gid);
      if (await succeeds([...user.prefix, 'test', '-x', dirname(folder)])) return user;
    }
  }
  const namespace = namespaceOf((await accounts())[0]);
  if (await succeeds([...namespace, 'true'])) return { prefix: namespace, owner: null };
  throw new EmbeddedServiceError(
    'embedded.cannot_drop_root',
    `The embedded servers do not run as root and no other user can reach ${folder}: start planb as an ordinary user, ` +
      'or set PLANB_DATA to a folder whose parents everyone may enter, or set DATABASE_URL and REDIS_URL.',
  );
}

function stepDown(uid: number, gid: number): ServerUser {
  return {
    prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'],
    owner: { uid, gid },
  };
}

async function accounts(): Promise<{ uid: number; gid: number }[]> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  return ACCOUNTS.flatMap((name) => {
    const line = lines.find((fields) => fields[0] === name);
    return line === undefined ? [] : [{ uid: Number(line[2]), gid: Number(line[3]) }];
  });
}

async function succeeds(command: readonly string[]): Promise<boolean> {
  const [program = '', ...args] = command;
  return !(await execa(program, args, { reject: false, stdio: 'ignore' })).failed;
}
