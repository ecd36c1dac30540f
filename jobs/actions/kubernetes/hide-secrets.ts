import { parseAllDocuments, stringify } from 'yaml';

const hidden = '***';
const secretName = /pass(word|wd|phrase)?|secret|token|credential|api[-_]?key|master[-_]?key|salt[-_]?key|private[-_]?key|access[-_]?key|masterkey|dsn|database_url|connection/i;
const secretUrl = /([a-z][\w+.-]*:\/\/[^\s:/@]*:)[^\s@]+@/gi;
/** In files that a ConfigMap holds: `api_key: sk-…`, `PASSWORD=…`. */
const secretLine = new RegExp(`^(\\s*[\\w.-]*(?:${secretName.source})[\\w.-]*\\s*[:=]\\s*)\\S.*$`, 'gim');

/**
 * YAML without what looks like a secret: contents of Secrets, values under names that sound like one, passwords of addresses. planb does not know a cluster's secrets,
 * so it cannot mask them as it masks its own; names and structure stay. What is no YAML is left out as a whole.
 */
export function hideSecrets(text: string): string {
  const documents = parseAllDocuments(text);
  const parsed = Array.isArray(documents) ? documents : [];
  return parsed.map((document) => (document.errors.length > 0 ? '# left out: this is no YAML\n' : stringify(hide(document.toJS() as unknown, '')))).join('---\n');
}

function hide(value: unknown, name: string): unknown {
  if (typeof value === 'string') return secretName.test(name) ? hidden : value.replaceAll(secretUrl, `$1${hidden}@`).replaceAll(secretLine, `$1${hidden}`);
  if (Array.isArray(value)) return value.map((item: unknown) => hide(item, name));
  if (typeof value !== 'object' || value === null) return typeof value === 'number' && secretName.test(name) ? hidden : value;
  const entries = Object.entries(value);
  const named = entries.find(([key]) => key === 'name')?.[1] as unknown;
  const isSecret = entries.some(([key, kind]) => key === 'kind' && kind === 'Secret');
  return Object.fromEntries(entries.map(([key, item]: [string, unknown]): [string, unknown] => {
    if (isSecret && (key === 'data' || key === 'stringData') && typeof item === 'object' && item !== null) return [key, Object.fromEntries(Object.keys(item).map((one) => [one, hidden]))];
    // An environment variable: { name: DATABASE_URL, value: … }.
    if (key === 'value' && typeof named === 'string') return [key, hide(item, named)];
    // References name a secret and hold none: secretKeyRef, secretName, imagePullSecrets.
    return [key, /ref$|name$|pullsecrets$|^annotations$|^labels$/i.test(key) ? item : hide(item, key)];
  }));
}
