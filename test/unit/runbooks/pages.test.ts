import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actions } from '../../../jobs/actions/registry.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';

const root = new URL('../../../', import.meta.url);
const names = readdirSync(new URL('runbooks/', root)).map((file) => file.replace(/\.yaml$/, ''));
/** Described where their sibling is. */
const pages: Readonly<Record<string, string>> = { 'app-compose-verify': 'verify' };

function runbookOf(name: string) {
  const parsed = parseRunbook(readFileSync(new URL(`runbooks/${name}.yaml`, root), 'utf8'), name);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.runbook;
}

describe.each(names)('the page of %s', (name) => {
  const page = readFileSync(new URL(`docs/runbooks/${pages[name] ?? name}.md`, root), 'utf8');

  it('names every step', () => {
    // `after-app` and its like are named together.
    const missing = runbookOf(name).steps.map(({ id }) => id).filter((id) => !page.includes(`\`${id}\``) && !page.includes(`\`${id.replace(/-.*/, '-…')}\``));
    // What a Helm release shares with a compose project stands on that page.
    expect(missing.filter((id) => !page.includes('[litellm-compose](litellm-compose.md)') || !runbookOf('litellm-compose').steps.some((step) => step.id === id))).toEqual([]);
  });

  it('names every setting that is required', () => {
    expect(Object.entries(runbookOf(name).settings ?? {}).filter(([, { required }]) => required).map(([key]) => key).filter((key) => !page.includes(`${key}:`) && !page.includes('app-compose.md'))).toEqual([]);
  });
});

describe('docs/coverage.md', () => {
  const text = readFileSync(new URL('docs/coverage.md', root), 'utf8');
  const rows = text.split('\n').filter((line) => /^\| (?!section|---)/.test(line)).map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));

  it('names tests that are there', () => {
    const paths = [...text.matchAll(/`((?:unit|integration|e2e)\/[^`]+)`/g)].map(([, path]) => path ?? '');
    expect(paths.length).toBeGreaterThan(100);
    expect([...new Set(paths)].filter((path) => !existsSync(new URL(`test/${path}`, root)))).toEqual([]);
  });

  it('names steps that are there', () => {
    const known = new Set(names.flatMap((name) => [name, ...runbookOf(name).steps.map(({ id }) => id), ...Object.keys(runbookOf(name).settings ?? {})]));
    // What people type or configure elsewhere, kinds of verdict, a column.
    for (const word of ['app', 'notify', 'manual', 'environment', 'production', 'revert-only', 'insecure', 'backup.keep', 'id']) known.add(word);
    const words = rows.flatMap(([, , , step]) => [...(step ?? '').matchAll(/`([a-z][a-z.-]*)`/g)].map(([, word]) => word ?? ''));
    expect(words.length).toBeGreaterThan(150);
    expect([...new Set(words)].filter((word) => !known.has(word) && !actions.has(word))).toEqual([]);
  });

  it('has no row without an answer', () => {
    expect(rows.filter(([, section, instruction, step]) => [section, instruction, step].includes('') || step === undefined)).toEqual([]);
  });
});
