import { readFileSync } from 'node:fs';

/** planb's version, from the package.json above the sources and above the compiled files. */
export function packageVersion(): string {
  for (let folder = new URL('./', import.meta.url); folder.pathname !== '/'; folder = new URL('../', folder)) {
    const version = readVersion(new URL('package.json', folder));
    if (version !== undefined) return version;
  }
  return 'unknown';
}

function readVersion(file: URL): string | undefined {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as { readonly name?: unknown; readonly version?: unknown };
    return found.name === 'planb' && typeof found.version === 'string' ? found.version : undefined;
  } catch {
    // Not in this folder.
    return undefined;
  }
}
