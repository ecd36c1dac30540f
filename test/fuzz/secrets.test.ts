import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOutputStream } from '../../adapters/process/output-stream.js';
import { createMasker } from '../../src/secret/mask.js';
import { cases, report } from '../support/fuzz/cases.js';
import { hostileText } from '../support/fuzz/texts.js';

const SECRETS = [
  { name: 'PASSWORD', value: 'p&ss w/rd"é<1>%+' }, { name: 'DATABASE_URL', value: 'postgres://shop:s3cr%2Fet-of-the-shop@db.internal:5432/shop?sslmode=require' }, { name: 'TOKEN', value: 'xoxb-1234567890-AbCdEfGhIjKlMnOpQrStUvWx' },
  { name: 'KEY', value: '-----BEGIN KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu\nKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n-----END KEY-----\n' }, { name: 'PIN', value: 'k9!z' }, { name: 'CYRILLIC', value: 'пароль-от-базы' },
  { name: 'LONG', value: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c' },
] as const;

/** How a program may print it, written without planb's own idea of the forms. */
const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  base64: (value) => Buffer.from(value).toString('base64').replace(/=+$/, ''),
  base64url: (value) => Buffer.from(value).toString('base64url'),
  hex: (value) => Buffer.from(value).toString('hex'),
  'hex in capitals': (value) => Buffer.from(value).toString('hex').toUpperCase(),
  url: encodeURIComponent,
  form: (value) => new URLSearchParams({ v: value }).toString().slice(2),
  json: (value) => JSON.stringify(value).slice(1, -1),
  'json of Python': (value) => JSON.stringify(value).slice(1, -1).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
};

/** Neighbours that a form could not be told from are none of the test's. */
const around = hostileText.map((text) => text.slice(0, 200).replace(/[\w+/=%\\-]+$/, ' '));

describe('output in pieces', () => {
  test('never shows a secret, whichever form and wherever it is cut', async () => {
    const masker = createMasker(SECRETS);
    await fc.assert(fc.asyncProperty(fc.constantFrom(...SECRETS), fc.constantFrom(...Object.keys(ENCODINGS)), around, around, fc.array(fc.nat(), { maxLength: 12 }), fc.boolean(), async ({ value }, encoding, before, after, cuts, coloured) => {
      const form = (ENCODINGS[encoding] ?? String)(value.trimEnd());
      const bytes = Buffer.from(`${before} ${coloured ? `\u001b[31m${form}\u001b[0m` : form} ${after}`);
      const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
      const lines: string[] = [];
      let text = '';
      const stream = createOutputStream(masker.stream(), { onText: (piece) => { text += piece; }, onLine: (line) => { lines.push(line); } });
      // Bytes, not characters: a cut may go through the middle of one.
      places.slice(1).forEach((place, index) => { stream.push(bytes.subarray(places[index], place)); });
      stream.end();
      for (const shown of [text, lines.join('\n')]) {
        expect(shown).toContain('***');
        expect(shown).not.toContain(form);
        for (const line of form.split('\n').filter((one) => one.length >= 8)) expect(shown).not.toContain(line);
      }
    }), cases(10_000));
    await report('secrets: splits of output', {});
  });

  test('never shows one inside of longer base64, at any of the three alignments', async () => {
    const masker = createMasker(SECRETS);
    fc.assert(fc.property(fc.constantFrom(...SECRETS.filter(({ value }) => value.length >= 12)), fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), fc.boolean(), ({ value }, before, after, url) => {
      const encoded = Buffer.concat([before, Buffer.from(value), after]).toString(url ? 'base64url' : 'base64');
      const shown = masker.mask(encoded);
      expect(shown).toContain('***');
      // Whoever decodes what is left, at each alignment, finds no half of it.
      for (const part of shown.split(/\*\*\*\w+\*\*\*/)) {
        for (const shift of [0, 1, 2, 3]) expect(Buffer.from(part.slice(shift), 'base64').toString('utf8')).not.toContain(value.slice(4, 12));
      }
    }), cases(1_000));
    await report('secrets: inside of base64', {});
  });

  test.each([76, 64])('never shows one that was encoded alone and wrapped at %i columns', (columns) => {
    const masker = createMasker(SECRETS);
    for (const { value } of SECRETS) {
      const wrapped = (Buffer.from(`${value}\n`).toString('base64').match(new RegExp(`.{1,${String(columns)}}`, 'g')) ?? []).join('\n');
      const left = masker.mask(wrapped).replaceAll(/\*\*\*\w+\*\*\*/g, '').replaceAll(/\s/g, '');
      // The last characters depend on what follows, here the line feed.
      expect(left.length).toBeLessThanOrEqual(8);
    }
  });
});
