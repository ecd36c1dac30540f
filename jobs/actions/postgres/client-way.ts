import { dirname } from 'node:path';
import type { ActionContext } from '../../../src/ports/action.js';
import type { Endpoint } from '../../../src/ports/host.js';
import { ActionError } from '../action-error.js';
import { splitPassword, type UrlParts, urlParts } from './libpq-url.js';

/** How PostgreSQL's programs on this machine reach a database. */
export interface ClientWay {
  /** Without a password; for `--dbname`. */
  readonly publicUrl: string;
  readonly env: Readonly<Record<string, string>>;
  /** Of a socket: a container must see it under the same path. */
  readonly folder?: string;
}

/** The name that libpq gives a server's socket of this port. */
const socketPort = '5432';

/** What of the URL would lead past the way that is given here. */
const ownWays = ['host', 'hostaddr', 'port', 'service'] as const;

/**
 * The context as this machine's own, for what is done with dumps whatever machine the database is on: programs run here, and connections leave from here.
 */
export function onWorker<C extends Pick<ActionContext, 'run' | 'connectDatabase' | 'on' | 'here'>>(context: C): Omit<C, 'on' | 'here'> {
  const { on: _on, here, ...rest } = context;
  return here === undefined ? rest : { ...rest, run: here.run, connectDatabase: here.connectDatabase };
}

/**
 * Lets programs of this machine reach a database as the step's machine does. libpq does no TLS over a socket file, so where the URL asks for TLS the way is a port of the loopback, and the server keeps the
 * name that its certificate is compared with. Throws ActionError `malformed-url` or `several-hosts`, and HostError.
 */
export async function withClientWay<T>(context: Pick<ActionContext, 'here' | 'on'>, url: string, work: (way: ClientWay) => Promise<T>): Promise<T> {
  const { publicUrl, env } = splitPassword(url);
  const { here } = context;
  if (here === undefined) return work({ publicUrl, env });
  const parts = urlParts(publicUrl);
  const to = endpointOf(parts, context.on);
  if ('path' in to || !asksForTls(url)) {
    const folder = dirname(await here.forward.toSocket(to, `.s.PGSQL.${socketPort}`));
    return work({ publicUrl: through(parts, '', { host: folder, port: socketPort }), env, folder });
  }
  const local = await here.forward.toPort(to);
  try {
    const name = to.host.includes(':') ? `[${to.host}]` : to.host;
    return await work({ publicUrl: through(parts, `${name}:${String(local.port)}`, { hostaddr: '127.0.0.1' }), env });
  } finally {
    await local.close();
  }
}

/** What a program's failure says of the way that its connection took. */
export function sayWay({ on }: Pick<ActionContext, 'on'>): string {
  return on === undefined ? '' : ` (the connection goes through ${on})`;
}

function endpointOf({ host, port }: UrlParts, on: string | undefined): Endpoint {
  if (host.includes(',') || port.includes(',')) throw new ActionError('several-hosts', `the database URL names several servers; through ${on ?? 'another machine'} planb goes to one`);
  const number = port === '' ? socketPort : port;
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${number}` } : { host: host === '' ? 'localhost' : host, port: Number(number) };
}

/** As planb's own connection reads it: without a word about TLS there is none. */
function asksForTls(url: string): boolean {
  const parameters = new URLSearchParams(url.split('?')[1] ?? '');
  return /^(prefer|require|verify-ca|verify-full)$/.test(parameters.get('sslmode') ?? '') || /^(true|1)$/.test(parameters.get('ssl') ?? '');
}

function through({ scheme, user, path, parameters }: UrlParts, server: string, more: Readonly<Record<string, string>>): string {
  const kept = [...parameters].filter(([name]) => !ownWays.some((one) => one === name));
  const search = new URLSearchParams([...kept, ...Object.entries(more)]).toString().replaceAll('+', '%20');
  return `${scheme}${user === '' ? '' : `${user}@`}${server}${path}?${search}`;
}
