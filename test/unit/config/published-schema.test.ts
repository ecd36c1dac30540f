import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { publishedSchemaText } from '../../../src/config/published-schema.js';

describe('the JSON Schema for editors', () => {
  it('is current (npm run build && node scripts/write-schema.mjs)', () => {
    expect(readFileSync(new URL('../../../deploy/planb.schema.json', import.meta.url), 'utf8')).toBe(publishedSchemaText());
  });

  it('refuses unknown keys and knows the defaults', () => {
    expect(JSON.parse(publishedSchemaText())).toMatchObject({
      additionalProperties: false,
      required: ['people', 'channels', 'targets'],
      properties: { command: { default: 'rollback' }, targets: { additionalProperties: { required: ['runbook', 'channel', 'requesters'], additionalProperties: false } } },
    });
  });
});
