import { expect, test } from 'vitest';

import { judgeOwner, type Place } from '../../../adapters/process/process-identity.js';
import { parseProcStat } from '../../../src/process/proc-stat.js';

const host = { hostname: 'a', machineId: 'm', bootId: 'b1', pidNamespace: 'pid:[4026531836]' };
const container = { ...host, pidNamespace: 'pid:[4026532001]' };
const running = { state: 'S', group: 7, startTicks: '100' };
const judge = (owner: Place, here: Place, found: Parameters<typeof judgeOwner>[2] extends () => Promise<infer T> ? T : never) =>
  judgeOwner({ ...owner, pid: 7, startTicks: '100' }, here, () => Promise.resolve(found));

test.each([
  ['runs', host, host, running, 'alive'],
  ['is gone', host, host, 'none', 'dead'],
  ['is a zombie', host, host, { ...running, state: 'Z' }, 'dead'],
  ['lost its number to a later process', host, host, { ...running, startTicks: '101' }, 'dead'],
  ['may not be looked at', host, host, 'hidden', 'elsewhere'],
  ['ran before this machine booted again', host, { ...host, bootId: 'b2' }, 'none', 'dead'],
  ['runs on another machine', host, { ...host, bootId: 'b2', machineId: 'n' }, 'none', 'elsewhere'],
  ['runs on a clone of this machine with another name', host, { ...host, bootId: 'b2', hostname: 'c' }, 'none', 'elsewhere'],
  ['has no machine id to compare', { ...host, machineId: '' }, { ...host, machineId: '', bootId: 'b2' }, 'none', 'elsewhere'],
  ['ran in a container, whose names prove nothing about the machine', container, { ...container, bootId: 'b2' }, 'none', 'elsewhere'],
  ['runs in another container of this machine', container, host, 'none', 'elsewhere'],
  ['runs in this container', container, container, running, 'alive'],
] as const)('an owner that %s', async (_case, owner, here, found, state) => {
  expect(await judge(owner, here, found)).toBe(state);
});

test('a program name with blanks and parentheses does not shift the fields', () => {
  const fields = ['S', '1', '42', ...Array.from({ length: 16 }, () => '0'), '987', '0'];
  expect(parseProcStat(`7 (a) b (c) ${fields.join(' ')}`)).toEqual({ state: 'S', group: 42, startTicks: '987' });
  expect(parseProcStat('')).toBeNull();
});
