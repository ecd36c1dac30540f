import { createHash } from 'node:crypto';
import { ActionError } from '../action-error.js';

/** A database URL as PostgreSQL's own programs take it: public in their arguments, the password in their environment. */
export interface LibpqUrl {
  /** Without a password; for `--dbname`. */
  readonly publicUrl: string;
  readonly env: Readonly<Record<string, string>>;
  /** Eight hex digits that stand for host, port and database in fact keys. */
  readonly short: string;
}

/** What libpq knows; it refuses a URI with any other parameter, such as Prisma's `schema` or `connection_limit`. */
const libpqParameters = new Set([
  'host', 'hostaddr', 'port', 'user', 'dbname', 'passfile', 'connect_timeout', 'options', 'application_name', 'target_session_attrs', 'service',
  'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslcrl', 'sslnegotiation', 'ssl_min_protocol_version', 'channel_binding', 'gssencmode', 'krbsrvname', 'require_auth',
]);

/** Splits a `postgresql://` URL; lists of hosts and socket folders pass. Throws ActionError `malformed-url`, without the URL in it. */
export function splitPassword(url: string): LibpqUrl {
  const match = /^(postgres(?:ql)?:\/\/)(?:([^@/?#]*)@)?([^?#]*)(?:\?([^#]*))?$/.exec(url);
  if (match === null) throw malformed();
  const [, scheme = '', userinfo = '', rest = '', query = ''] = match;
  const [user = '', ...passwordParts] = userinfo.split(':');
  const parameters = [...new URLSearchParams(query)];
  const password = decode(passwordParts.join(':')) || parameters.find(([name]) => name === 'password')?.[1] || '';
  const kept = new URLSearchParams(parameters.filter(([name]) => libpqParameters.has(name)));
  // libpq reads + as a plus sign, URLSearchParams writes a blank as one.
  const search = kept.toString().replaceAll('+', '%20');
  return {
    publicUrl: `${scheme}${user === '' ? '' : `${user}@`}${rest}${search === '' ? '' : `?${search}`}`,
    env: { PGAPPNAME: 'planb', PGCONNECT_TIMEOUT: '10', ...(password === '' ? {} : { PGPASSWORD: password }) },
    short: createHash('sha256').update(`${rest}?${kept.get('host') ?? ''}:${kept.get('port') ?? ''}/${kept.get('dbname') ?? ''}`).digest('hex').slice(0, 8),
  };
}

/** A URL of `publicUrl`'s form in its parts. */
export interface UrlParts {
  readonly scheme: string;
  readonly user: string;
  /** Names or addresses with commas between them, or the folder of a socket; empty: the default. */
  readonly host: string;
  readonly port: string;
  /** With its slash. */
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/** Throws ActionError `malformed-url`. */
export function urlParts(publicUrl: string): UrlParts {
  const match = /^(postgres(?:ql)?:\/\/)(?:([^@/?#]*)@)?(\[[^\]]*\]|[^/?#]*?)(?::([\d,]*))?(\/[^?#]*)?(?:\?([^#]*))?$/.exec(publicUrl);
  if (match === null) throw malformed();
  const [, scheme = '', user = '', host = '', port = '', path = '', query = ''] = match;
  const parameters = new URLSearchParams(query);
  return { scheme, user, host: parameters.get('host') ?? decode(host).replace(/^\[|\]$/g, ''), port: parameters.get('port') ?? port, path, parameters };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function malformed(): ActionError {
  return new ActionError('malformed-url', 'the database URL cannot be read; expected postgresql://user:password@host:port/database');
}
