import type { Catalogue, CatalogueObject } from './read-catalogue.js';

/** One object that is not as the release's migrations make it. */
export interface SchemaDifference {
  readonly kind: CatalogueObject['kind'];
  readonly name: string;
  readonly change: 'missing' | 'extra' | 'different';
  readonly expected: string;
  readonly live: string;
}

/** What differs, by name. Parts of a table that is missing or extra as a whole are not told one by one. */
export function compareCatalogues(expected: Catalogue, live: Catalogue): readonly SchemaDifference[] {
  const keys = [...new Set([...expected.objects.keys(), ...live.objects.keys()])].sort();
  const all = keys.flatMap((key): readonly SchemaDifference[] => {
    const [wanted, there] = [expected.objects.get(key), live.objects.get(key)];
    const { kind = 'table', name = '' } = wanted ?? there ?? {};
    if (wanted?.definition === there?.definition) return [];
    return [{ kind, name, change: there === undefined ? 'missing' : wanted === undefined ? 'extra' : 'different', expected: wanted?.definition ?? '', live: there?.definition ?? '' }];
  });
  const whole = new Set(all.filter(({ kind, change }) => kind === 'table' && change !== 'different').map(({ name }) => name));
  return all.filter(({ kind, name, expected: wanted, live: there }) => kind === 'table' || !isPartOf(kind, name, `${wanted} ${there}`, whole));
}

function isPartOf(kind: CatalogueObject['kind'], name: string, definition: string, tables: ReadonlySet<string>): boolean {
  if (kind === 'index') return [...tables].some((table) => definition.includes(` ON ${table} `) || definition.includes(` ON "${table}" `));
  return tables.has(name.slice(0, name.lastIndexOf('.')));
}

/** One sentence without its end. */
export function sayDifference({ kind, name, change, expected, live }: SchemaDifference): string {
  switch (change) {
    case 'missing':
      return `${kind} ${name} is missing`;
    case 'extra':
      return `${kind} ${name} is there and no migration makes it`;
    case 'different':
      return `${kind} ${name} is "${live}", expected "${expected}"`;
    default:
      throw new Error(`unreachable: ${JSON.stringify(change satisfies never)}`);
  }
}
