import type { Config } from '../config.js';
import { readYaml } from '../yaml/document.js';
import { sortProblems, type Problem } from '../yaml/problem.js';
import { locateFindings, schemaFindings } from '../yaml/schema-findings.js';
import { buildConfig } from './build-config.js';
import { checkNames } from './check-names.js';
import { configSchema } from './schema.js';

export type ParseConfig = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads planb.yaml. `file` is what messages call it. Every problem is named at once, by line; names that refer to nothing are problems as well.
 * Whether a runbook's file exists is the caller's to find out.
 */
export function parseConfig(text: string, file: string): ParseConfig {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return { ok: false, problems: sortProblems(yaml.problems) };
  const { document } = yaml;
  if (document.value === null || document.value === undefined) {
    return { ok: false, problems: [{ file, line: 1, column: 1, message: 'the file is empty: `planb init` writes a first one' }] };
  }

  const strict = configSchema.safeParse(document.value);
  const findings = strict.success ? [] : schemaFindings(strict.error.issues, configSchema, document.value);
  // With unknown keys alone in the way, names can still be checked, so that one look at the messages is enough.
  const rest = strict.success ? strict : configSchema.safeParse(withoutKeys(document.value, findings.filter(({ message }) => message.startsWith('unknown key')).map(({ path }) => path)));
  const all = [...findings, ...(rest.success ? checkNames(rest.data) : [])];
  if (all.length > 0 || !strict.success) return { ok: false, problems: sortProblems(locateFindings(all, document, file)) };
  return { ok: true, config: buildConfig(strict.data) };
}

function withoutKeys(value: unknown, paths: readonly (readonly PropertyKey[])[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, index) => withoutKeys(item, under(paths, index)));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !paths.some((path) => path.length === 1 && path[0] === key))
      .map(([key, item]) => [key, withoutKeys(item, under(paths, key))]),
  );
}

function under(paths: readonly (readonly PropertyKey[])[], key: PropertyKey): readonly (readonly PropertyKey[])[] {
  return paths.filter((path) => path[0] === key).map((path) => path.slice(1));
}
