import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { createMasker, refuseSecret, type Masker } from '../../../src/secret/mask.js';
import { variantsOf } from '../../../src/secret/variants.js';

const password = { name: 'DB_PASSWORD', value: 'p&ss w/rd"é<1>' };

/** Feeds `text` in pieces that end at the given places. */
function maskInPieces(masker: Masker, text: string, cuts: readonly number[]): string {
  const places = [...cuts.map((cut) => cut % (text.length + 1)), 0, text.length].sort((a, b) => a - b);
  const stream = masker.stream();
  const pieces = places.slice(1).map((place, index) => stream.push(text.slice(places[index], place)));
  return pieces.join('') + stream.end();
}

/** Letters that make overlaps and near misses likely; none of them occurs in a marker. */
const tightText = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '=', '%'), maxLength: 60 });
const tightSecret = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 4, maxLength: 9 });
const cuts = fc.array(fc.nat(), { maxLength: 20 });

describe('a secret', () => {
  test.each([
    ['as it is', password.value],
    ['as base64', Buffer.from(password.value).toString('base64').replace(/=+$/, '')],
    ['as base64url', Buffer.from(password.value).toString('base64url')],
    ['in a URL', encodeURIComponent(password.value)],
    ['in a form', new URLSearchParams({ value: password.value }).toString().slice('value='.length)],
    ['in JSON', JSON.stringify(password.value).slice(1, -1)],
    ['in JSON for ASCII', 'p&ss w/rd\\"\\u00e9<1>'],
    ['in JSON as Go writes it', 'p\\u0026ss w/rd\\"é\\u003c1\\u003e'],
  ])('is masked %s', (_form, text) => {
    expect(createMasker([password]).mask(`before ${text} after`)).toBe('before ***DB_PASSWORD*** after');
  });

  test('is masked where a connection string gives it as a parameter', () => {
    const masker = createMasker([{ name: 'DB', value: 'postgresql://shop@db/shop?sslmode=require&password=correct%20horse' }]);
    expect(masker.mask('sent "correct horse" (correct%20horse), sslmode require')).toBe('sent "***DB***" (***DB***), sslmode require');
  });

  test.each([0, 1, 2])('is masked inside base64 at offset %i', (shift) => {
    const value = 'correct horse battery';
    const encoded = Buffer.from(`${'x'.repeat(shift)}${value}yy`).toString('base64');
    const masked = createMasker([{ name: 'KEY', value }]).mask(encoded);
    expect(masked).toContain('***KEY***');
    // What stays is the neighbours, the two characters shared with them, and the padding.
    expect(masked.replace('***KEY***', '').length).toBeLessThanOrEqual(9);
  });

  test('is masked line by line when it has several lines', () => {
    const masker = createMasker([{ name: 'KEY', value: '-----BEGIN KEY-----\nMIIBOgIBAAJBAKj34Gkx\n-----END KEY-----\n' }]);
    expect(masker.mask('  | MIIBOgIBAAJBAKj34Gkx')).toBe('  | ***KEY***');
  });

  test('that is a URL also hides its password alone, plain and encoded', () => {
    const masker = createMasker([{ name: 'DATABASE_URL', value: 'postgres://app:s3cr%2Fet@db:5432/shop' }]);
    expect(masker.mask('password "s3cr/et" (s3cr%2Fet) for user "app" at db')).toBe(
      'password "***DATABASE_URL***" (***DATABASE_URL***) for user "app" at db',
    );
  });

  test('that is a URL leaves the word alone that is user and password at once', () => {
    const masker = createMasker([{ name: 'DATABASE_URL', value: 'postgres://postgres:postgres@db:5432/shop' }]);
    expect(masker.mask('postgres is ready')).toBe('postgres is ready');
  });

  test('that contains another one gives its own name', () => {
    const masker = createMasker([
      { name: 'INNER', value: 'inner' },
      { name: 'OUTER', value: 'outer-inner-outer' },
    ]);
    expect(masker.mask('[outer-inner-outer] [inner]')).toBe('[***OUTER***] [***INNER***]');
  });

  test('of three characters is refused in one sentence that does not show it', () => {
    expect(refuseSecret({ name: 'PIN', value: 'xyz' })).toMatch(/^The secret PIN has 3 characters: (?!.*xyz)/);
    expect(refuseSecret({ name: 'PIN', value: 'wxyz' })).toBeNull();
    expect(() => createMasker([{ name: 'PIN', value: '' }])).toThrow(/PIN is empty/);
  });
});

describe('for any text and any cuts', () => {
  test('no form of a secret survives', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), fc.string(), fc.string(), fc.nat(), cuts, (value, left, right, pick, at) => {
        fc.pre(value.length >= 4);
        const forms = [...variantsOf(value)];
        const form = forms[pick % forms.length] ?? value;
        const masked = maskInPieces(createMasker([{ name: 'X', value }]), left + form + right, at);
        expect(masked.replaceAll('***X***', '\uffff')).not.toContain(form);
        expect(masked).toContain('***X***');
      }),
      { numRuns: 1_000 },
    );
  });

  test('overlapping secrets leave no end behind', () => {
    fc.assert(
      fc.property(fc.uniqueArray(tightSecret, { minLength: 1, maxLength: 4 }), tightText, cuts, (values, text, at) => {
        const masked = maskInPieces(createMasker(values.map((value, index) => ({ name: `S${index}`, value }))), text, at);
        // Independent of the automaton: a character stays exactly when no occurrence of a form covers it.
        const keep = Array.from(text, () => true);
        for (const form of values.flatMap((value) => [...variantsOf(value)])) {
          for (let from = text.indexOf(form); from !== -1; from = text.indexOf(form, from + 1)) keep.fill(false, from, from + form.length);
        }
        expect(masked.replace(/\*\*\*S\d\*\*\*/g, '')).toBe(Array.from(text).filter((_, index) => keep[index]).join(''));
      }),
      { numRuns: 1_000 },
    );
  });

  test('the pieces do not matter', () => {
    fc.assert(
      fc.property(fc.array(tightSecret, { maxLength: 4 }), tightText, cuts, (values, text, at) => {
        const masker = createMasker(values.map((value) => ({ name: 'S', value })));
        expect(maskInPieces(masker, text, at)).toBe(masker.mask(text));
      }),
    );
  });

  test('text without secrets passes unchanged', () => {
    const masker = createMasker([{ name: 'S', value: '\u0001\u0002\u0003\u0004' }]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), cuts, (text, at) => {
        fc.pre([...variantsOf('\u0001\u0002\u0003\u0004')].every((form) => !text.includes(form)));
        expect(maskInPieces(masker, text, at)).toBe(text);
      }),
    );
  });

  test('never more is held back than the longest form', () => {
    const secret = { name: 'S', value: 'abcabcabd' };
    const longest = Math.max(...[...variantsOf(secret.value)].map((form) => form.length));
    fc.assert(
      fc.property(fc.array(tightText, { maxLength: 30 }), (chunks) => {
        const stream = createMasker([secret]).stream();
        const shown = chunks.map((chunk) => stream.push(chunk)).join('');
        expect(stream.end().length).toBeLessThan(longest + '***S***'.length);
        expect(shown.length + longest).toBeGreaterThanOrEqual(chunks.join('').replaceAll(secret.value, '').length);
      }),
    );
  });
});

test('the work grows with the output, not with its square', () => {
  const masker = createMasker(Array.from({ length: 50 }, (_, index) => ({ name: 'S', value: `${'a'.repeat(40)}${index}` })));
  // The processor's time: what else the machine does is not in it.
  const timeFor = (size: number): number => {
    const stream = masker.stream();
    const chunk = 'a'.repeat(4_096);
    const before = process.cpuUsage();
    for (let fed = 0; fed < size; fed += chunk.length) stream.push(chunk);
    stream.end();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  timeFor(500_000);
  const small = Math.min(timeFor(500_000), timeFor(500_000), timeFor(500_000));
  const large = Math.min(timeFor(8_000_000), timeFor(8_000_000));
  // Sixteen times the output: linear cost is 16, quadratic 256.
  expect(large / small).toBeLessThan(64);
});
