import { describe, expect, it } from 'vitest';
import { compareEnvironments, readEnvironment, secretsOf, strayLines } from '../../../jobs/collect/environment.js';

describe('reading .env', () => {
  it('reads what compose reads', () => {
    const text = '# A=no\nA=1\n export B = "two\\nlines" # why\nC=\'$x # y\'\nD=pass#word # comment\nE=\nF="one\ntwo"\nA=2\n';
    expect(Object.fromEntries(readEnvironment(text))).toEqual({ A: '2', B: 'two\nlines', C: '$x # y', D: 'pass#word', E: '', F: 'one\ntwo' });
  });

  it('reads a value whose quote is never closed to the end of its line', () => {
    expect(Object.fromEntries(readEnvironment('A="open\nB=it\'s\n'))).toEqual({ A: '"open', B: 'it\'s' });
  });
});

describe('what is hidden', () => {
  const hidden = (text: string): readonly string[] => secretsOf(readEnvironment(text)).map(({ name }) => name);

  it('is every value that could be a secret', () => {
    expect(hidden('MASTER_KEY=abcd\nDATABASE_URL=postgres://a:b@c/d\nODD=a1b2c3d4\nMODE=production\nPORT=4000\nPASSWORD=abc\nDEBUG=true\nTOKEN=***X***')).toEqual(['MASTER_KEY', 'DATABASE_URL', 'ODD']);
  });

  it('is what was pasted without a name too', () => {
    expect(strayLines('A=1\n# comment of some length\nMIIEvQIBADANBg/kq\n\n').map(({ value }) => value)).toEqual(['MIIEvQIBADANBg/kq']);
  });
});

it('compares by names alone', () => {
  expect(compareEnvironments(readEnvironment('A=1\nB=2\nC=3'), readEnvironment('C=33333\nB="2"\nD=4'))).toEqual(['- A=***    only on the old server', '! C=***    the values differ', '+ D=***    only on the new server']);
});
