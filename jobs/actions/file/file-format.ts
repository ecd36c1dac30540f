import { basename } from 'node:path';

export type FileFormat = 'yaml' | 'json' | 'env';

/** By the name: `.env`, `.env.production`, `app.env`, `*.json`, `*.yaml`, `*.yml`; undefined for others. */
export function formatOf(path: string): FileFormat | undefined {
  const name = basename(path);
  if (/^\.env(\.|$)|\.env$/.test(name)) return 'env';
  if (/\.json$/i.test(name)) return 'json';
  return /\.ya?ml$/i.test(name) ? 'yaml' : undefined;
}
