import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findReferences, malformedReferences, parseReference, resolveReferences } from '../../../src/config/secret-reference.js';

const reader = (env: Record<string, string>, files: Record<string, string> = {}) => ({ env: (name: string) => env[name], file: (path: string) => files[path] });

describe('secret references', () => {
  it.each<[string, object | undefined]>([
    ['${env:TOKEN}', { kind: 'env', name: 'TOKEN' }],
    ['${file:/run/secrets/token}', { kind: 'file', path: '/run/secrets/token' }],
    ['${file:secrets/my token}', { kind: 'file', path: 'secrets/my token' }],
    ['${env:}', undefined],
    ['${env:1ST}', undefined],
    ['${ENV:TOKEN}', undefined],
    ['${TOKEN}', undefined],
    ['x${env:TOKEN}', undefined],
    ['${env:TOKEN', undefined],
    ['${file:}', undefined],
  ])('%s', (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
  });

  it('are found wherever they stand, expressions apart', () => {
    const value = { url: 'postgres://${env:USER_NAME}:${env:PASSWORD}@db', list: [1, '${file:a}'], expression: '${{ params.to }}', bad: '${vault:x}' };
    expect(findReferences(value).map(({ path, text }) => [path.join('.'), text])).toEqual([
      ['url', '${env:USER_NAME}'],
      ['url', '${env:PASSWORD}'],
      ['list.1', '${file:a}'],
    ]);
    expect(malformedReferences(value)).toEqual([{ path: ['bad'], message: '${vault:x} is no reference: write ${env:NAME} or ${file:PATH}' }]);
  });

  it('are replaced, and named for masking', () => {
    const value = { url: 'postgres://${env:USER_NAME}:${env:PASSWORD}@db', key: '${file:a}', port: 5 };
    expect(resolveReferences(value, reader({ USER_NAME: 'me', PASSWORD: 'p$$&' }, { a: 'secret\n' }))).toEqual({
      ok: true,
      value: { url: 'postgres://me:p$$&@db', key: 'secret', port: 5 },
      secrets: ['me', 'p$$&', 'secret'],
    });
  });

  it('name every missing variable and file, and the place that uses it', () => {
    expect(resolveReferences({ with: { database: '${env:DB}', keys: ['${file:k}', '${env:EMPTY}'] } }, reader({ EMPTY: '' }))).toEqual({
      ok: false,
      problems: [
        { path: ['with', 'database'], message: 'environment variable DB is missing; it is used by with.database' },
        { path: ['with', 'keys', 0], message: 'file k is missing; it is used by with.keys.0' },
        { path: ['with', 'keys', 1], message: 'environment variable EMPTY is empty; it is used by with.keys.1' },
      ],
    });
  });

  it('never read a secret for further references', () => {
    const resolved = resolveReferences('${env:A}', reader({ A: '${env:B}', B: 'b' }));
    expect(resolved).toMatchObject({ ok: true, value: '${env:B}' });
  });

  it('a value without references stays as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }).filter((value) => !JSON.stringify(value).includes('${') && !JSON.stringify(value).includes('__proto__')), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as string;
        expect(resolveReferences(json, reader({}))).toEqual({ ok: true, value: json, secrets: [] });
      }),
    );
  });
});
