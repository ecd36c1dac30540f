/** `host`, `host:port`, an IPv6 address, or `[address]:port`. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

const dnsPort = 53;

/** Undefined: it is no address of a server. */
export function readServerAddress(text: string): ServerAddress | undefined {
  const [, bracketed, plain, written] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) return /^[0-9a-fA-F]*:[0-9a-fA-F:.]+$/.test(text) ? { host: text, port: dnsPort } : undefined;
  const port = written === undefined ? dnsPort : Number(written);
  return port >= 1 && port <= 65_535 && !host.startsWith('-') ? { host, port } : undefined;
}

/** The same address always reads the same; the usual port is left out. */
export function sayServer({ host, port }: ServerAddress): string {
  return port === dnsPort ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
