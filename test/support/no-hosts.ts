import type { Hosts } from '../../src/ports/host.js';

/** For a planb whose steps stay on its own machine. */
export const noHosts: Hosts = { at: (address) => { throw new Error(`no machine ${address} here`); }, close: () => Promise.resolve() };
