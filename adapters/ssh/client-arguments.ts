import type { SshAddress } from './address.js';

/** An ssh_config of planb's own, in the place of the user's: keys, known hosts, jump hosts. */
export interface ClientSettings {
  readonly configFile?: string;
}

/** Seconds. A machine that does not answer is given up after this, one that falls silent after three times `aliveSeconds`. */
const connectSeconds = 10;
const aliveSeconds = 5;

/** What every call says, whatever the user's ssh_config says: nobody is there to answer a question, and a stranger's machine is never taken for the target. */
function common({ configFile }: ClientSettings): readonly string[] {
  return [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...options({ BatchMode: 'yes', StrictHostKeyChecking: 'yes', ForwardAgent: 'no', ForwardX11: 'no', ClearAllForwardings: 'no', RequestTTY: 'no', RemoteCommand: 'none', PermitLocalCommand: 'no' }),
  ];
}

function options(values: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function place({ destination, port }: SshAddress): readonly string[] {
  return [...(port === undefined ? [] : ['-p', port]), '--', destination];
}

/** The one connection that all others go through; it stays in the foreground, so that it ends with planb. */
export function masterArguments(settings: ClientSettings, address: SshAddress, socket: string): readonly [string, ...string[]] {
  return ['ssh', ...common(settings), ...options({
    ControlMaster: 'yes', ControlPath: socket, ControlPersist: 'no', ConnectTimeout: connectSeconds, ConnectionAttempts: 1, ServerAliveInterval: aliveSeconds, ServerAliveCountMax: 3, TCPKeepAlive: 'yes', ExitOnForwardFailure: 'no',
  }), '-N', ...place(address)];
}

/** A command through that connection, and through nothing else: a connection of its own would ask the machine in again and hide that the first one broke. */
export function sessionArguments(settings: ClientSettings, address: SshAddress, socket: string, command: string): readonly [string, ...string[]] {
  return ['ssh', ...common(settings), ...options({ ControlMaster: 'no', ControlPath: socket, ProxyCommand: 'false', LogLevel: 'ERROR' }), '-T', ...place(address), command];
}

/** Asks the connection to listen on a local socket file for a place that the machine reaches. */
export function forwardArguments(settings: ClientSettings, address: SshAddress, socket: string, forward: { readonly from: string; readonly to: string }): readonly [string, ...string[]] {
  return ['ssh', ...common(settings), ...options({ ControlMaster: 'no', ControlPath: socket, ProxyCommand: 'false', StreamLocalBindUnlink: 'yes', StreamLocalBindMask: '0177' }), '-O', 'forward', '-L', `${forward.from}:${forward.to}`, ...place(address)];
}
