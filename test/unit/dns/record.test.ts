import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { recordsInput, wantedRecords } from '../../../jobs/actions/dns/records-input.js';
import { dnsSwitchAction } from '../../../jobs/actions/dns-switch.js';
import { isInZone, readName, readValue, sortValues } from '../../../src/dns/record.js';
import { readServerAddress, sayServer } from '../../../src/dns/server-address.js';

describe('names and values', () => {
  it.each([['Example.ORG.', 'example.org'], ['*.example.org', '*.example.org'], ['_acme.example.org', '_acme.example.org'], ['a b.org', undefined], ['', undefined], ['.', undefined], ['a..b', undefined], ['-a.org', undefined], ['a.org\nsend', undefined], ['x'.repeat(64), undefined]])('name %j is %j', (text, name) => {
    expect(readName(text)).toBe(name);
  });

  it.each([
    ['A', '192.0.2.1', '192.0.2.1'], ['A', '192.0.2.256', undefined], ['A', '192.0.2', undefined], ['A', '192.0.2.1.', undefined], ['A', '01.2.3.4', undefined], ['A', '192.0.2.1\n', undefined],
    ['AAAA', '2001:DB8:0:0::1', '2001:db8::1'], ['AAAA', '::', '::'], ['AAAA', '2001:db8::1::2', undefined], ['AAAA', '192.0.2.1', undefined], ['AAAA', '::1]/x', undefined],
    ['CNAME', 'New.example.org.', 'new.example.org'], ['CNAME', 'a b', undefined],
  ] as const)('%s %j is %j', (type, text, value) => {
    expect(readValue(type, text)).toBe(value);
  });

  it('sorts and joins what is the same', () => {
    expect(sortValues('AAAA', ['2001:db8::2', '2001:DB8::1', '2001:db8:0::1'])).toEqual(['2001:db8::1', '2001:db8::2']);
  });

  it('lets nothing through that is more than a name', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      const name = readName(text);
      if (name !== undefined) expect(name).toMatch(/^[a-z0-9_*.-]+$/);
    }));
  });

  it('knows a zone from one that ends alike', () => {
    expect([isInZone('example.org', 'example.org'), isInZone('a.example.org', 'example.org'), isInZone('anexample.org', 'example.org')]).toEqual([true, true, false]);
  });
});

describe('addresses of servers', () => {
  it.each([['ns1.example.org', 'ns1.example.org'], ['127.0.0.1:5353', '127.0.0.1:5353'], ['8.8.8.8:53', '8.8.8.8'], ['2001:db8::1', '2001:db8::1'], ['[2001:db8::1]:5353', '[2001:db8::1]:5353'], ['host:0', undefined], ['host:65536', undefined], ['-x', undefined], ['a b', undefined]])('%j is %j', (text, said) => {
    const address = readServerAddress(text);
    expect(address === undefined ? undefined : sayServer(address)).toBe(said);
  });
});

describe('records of a step', () => {
  it('has defaults, takes one value or several, and accepts its own output', () => {
    const parsed = recordsInput.parse([{ name: 'A.example.org.', from: '192.0.2.1', to: ['192.0.2.3', '192.0.2.2'] }]);
    expect(parsed).toEqual([{ name: 'a.example.org', type: 'A', from: ['192.0.2.1'], to: ['192.0.2.2', '192.0.2.3'] }]);
    expect(recordsInput.parse(parsed)).toEqual(parsed);
    expect(wantedRecords({ records: parsed, reverse: true })[0]).toMatchObject({ from: ['192.0.2.2', '192.0.2.3'], to: ['192.0.2.1'] });
  });

  const record = { name: 'a.example.org', from: '192.0.2.1', to: '192.0.2.2' };
  it.each([
    ['the same values', [{ ...record, to: '192.0.2.1' }], false], ['no new value', [{ ...record, to: [] }], false], ['no old value, reversed', [{ ...record, from: [] }], true], ['a record twice', [record, { ...record, name: 'A.example.org' }], false],
    ['a value of another type', [{ ...record, to: '2001:db8::1' }], false], ['two aliases', [{ name: 'a.example.org', type: 'CNAME', from: 'b.example.org', to: ['c.example.org', 'd.example.org'] }], false], ['nothing', [], false],
  ])('refuses %s', (_, records, reverse) => {
    expect(dnsSwitchAction.input.safeParse({ provider: 'main', records, reverse }).success).toBe(false);
  });
});
