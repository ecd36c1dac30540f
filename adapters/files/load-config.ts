import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Config } from '../../src/config.js';
import { parseConfig } from '../../src/config/parse-config.js';
import type { ReferenceReader } from '../../src/config/secret-reference.js';
import { formatProblem } from '../../src/yaml/problem.js';

/** planb.yaml is missing or wrong; the message has a line for every problem, with file, line and column. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of planb.yaml; runbooks and `${file:…}` are relative to its folder. */
  readonly file: string;
  readonly folder: string;
}

/** Reads and checks planb.yaml. Throws ConfigError. */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const file = resolve(path);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new ConfigError(missing ? `There is no ${path}: create it with "planb init", or say where it is with PLANB_CONFIG.` : `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  const parsed = parseConfig(text, path);
  if (!parsed.ok) throw new ConfigError(parsed.problems.map(formatProblem).join('\n'));
  return { config: parsed.config, file, folder: dirname(file) };
}

/** Reads secrets from this process's environment and from files, relative to planb.yaml's folder. */
export function referenceReader(folder: string, env: NodeJS.ProcessEnv): ReferenceReader {
  return {
    env: (name) => env[name],
    file: (path) => {
      try {
        return readFileSync(resolve(folder, path), 'utf8');
      } catch {
        // "missing" is what the caller says about it, with the place that uses it.
        return undefined;
      }
    },
  };
}
