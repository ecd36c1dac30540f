/** A machine as ssh is asked for it. */
export interface SshAddress {
  /** As planb.yaml names it, for sentences. */
  readonly address: string;
  /** `user@host`; without a user ssh_config's, else planb's own. */
  readonly destination: string;
  readonly port?: string;
}

/** Reads what `sshAddressPattern` lets through: `ssh://user@host:port`, an IPv6 address in brackets. */
export function parseAddress(address: string): SshAddress {
  const match = /^ssh:\/\/(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address);
  const host = match?.[2] ?? match?.[3];
  if (match === null || host === undefined) throw new Error(`${address} is no address of a machine`);
  const [, user, , , port] = match;
  return { address, destination: user === undefined ? host : `${user}@${host}`, ...(port === undefined ? {} : { port }) };
}
