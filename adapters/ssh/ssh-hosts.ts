import { randomBytes } from 'node:crypto';
import type { Host, Hosts } from '../../src/ports/host.js';
import type { RunProgram } from '../../src/ports/program.js';
import type { ConnectDatabase } from '../../src/ports/target-database.js';
import { parseAddress } from './address.js';
import type { ClientSettings } from './client-arguments.js';
import { Connection } from './connection.js';
import { remoteFiles } from './remote-files.js';
import { RemotePrograms } from './remote-program.js';
import { databaseFrom, fetchFrom, forwardFrom } from './tunnel.js';

export interface SshParts {
  /** Of this machine: ssh itself is a program, and what it prints is masked and limited like any other's. */
  readonly runProgram: RunProgram;
  readonly connectDatabase: ConnectDatabase;
  /** Asked with each call: planb.yaml may change. */
  readonly settings: () => ClientSettings;
}

/** Other machines through this machine's OpenSSH. */
export function createSshHosts({ runProgram, connectDatabase, settings }: SshParts): Hosts {
  const worker = randomBytes(6).toString('hex');
  const known = new Map<string, { readonly host: Host; readonly close: () => Promise<void> }>();
  const reach = (address: string): { readonly host: Host; readonly close: () => Promise<void> } => {
    const connection = new Connection(parseAddress(address), runProgram, settings);
    const programs = new RemotePrograms(connection, worker);
    const http = fetchFrom(connection);
    return {
      host: {
        address, files: remoteFiles(connection), fetch: http.fetch, connectDatabase: databaseFrom(connection, connectDatabase), forward: forwardFrom(connection),
        runProgram: (request) => programs.run(request), endOrphans: (attempt) => programs.endOrphans(attempt),
      },
      close: async () => {
        await http.close();
        await connection.close();
      },
    };
  };
  return {
    at: (address) => {
      const found = known.get(address) ?? reach(address);
      known.set(address, found);
      return found.host;
    },
    close: async () => {
      const all = [...known.values()];
      known.clear();
      await Promise.all(all.map(({ close }) => close()));
    },
  };
}
