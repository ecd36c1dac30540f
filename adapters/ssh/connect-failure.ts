import { HostError } from '../../src/ports/host.js';
import type { SshAddress } from './address.js';

/** Why no connection came about, from what ssh said, in one sentence with what to do. */
export function connectFailure({ address }: SshAddress, said: string, notFound: boolean): HostError {
  if (notFound) return new HostError('not-usable', 'there is no ssh command on this machine; install openssh-client');
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|host key .*has changed/i.test(said)) {
    return new HostError('host-key', `the host key of ${address} is not the one in known_hosts: it was set up anew, or somebody stands between; when you know that it is right, replace it there`);
  }
  if (/Host key verification failed|No .* host key is known/i.test(said)) {
    return new HostError('host-key', `the host key of ${address} is not known here; compare its fingerprint, then add it to known_hosts (ssh-keyscan prints it)`);
  }
  if (/Permission denied|Too many authentication failures|no matching|may not login/i.test(said)) {
    return new HostError('access-denied', `${address} does not let planb in: ${reason(said)}; is planb's public key among its authorized_keys?`);
  }
  return new HostError('unreachable', `${address} cannot be reached: ${reason(said)}`);
}

/** ssh's last word, without its prefix and the noise around it. */
function reason(said: string): string {
  const lines = said.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !/^(Warning:|@|debug\d:)/.test(line));
  const last = lines.at(-1) ?? 'ssh gave no reason';
  return last.replace(/^ssh: /, '').replace(/^connect to (?:host|address) \S+ port \d+: /, '').replace(/[.\s]+$/, '');
}
