import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../../adapters/files/audit-key.js';
import { Checkpoints, readLastLine, writeCheckpoint } from '../../../src/audit/checkpoint.js';
import { chainOf, flipped, newSigner } from './signers.js';

const signer = newSigner();
const heads = ['7KQ2M', '8ABCD', '9XYZ0'].map((run) => ({ run, ...(chainOf(run, ['{}', '{}']).at(-1) ?? { version: 0, hash: new Uint8Array() }) }));
const lines = heads.reduce<readonly string[]>((before, head, index) => {
  const last = before.at(-1);
  return [...before, writeCheckpoint(last === undefined ? undefined : readLastLine(last), `2026-03-0${String(index + 1)}T03:00:00.000Z`, [head], signer)];
}, []);

function read(text: readonly string[], keys = [signer.publicKey]): Checkpoints {
  const checkpoints = new Checkpoints(verifySignature, keys, 'the file');
  for (const line of text) checkpoints.take(line);
  return checkpoints;
}

describe('a file of signed heads', () => {
  it('says how far each run went', () => {
    const checkpoints = read(lines);
    expect(checkpoints.broken).toEqual([]);
    expect([...checkpoints.heads].map(([run, signed]) => [run, ...signed.map(({ version }) => version)])).toEqual([['7KQ2M', 2], ['8ABCD', 2], ['9XYZ0', 2]]);
  });

  it('keeps every head of a run: two of one length and other bytes fit no chain', () => {
    const [first, second] = [chainOf('7KQ2M', ['{}', '{}', '{"at":1}']), chainOf('7KQ2M', ['{}', '{}', '{"at":2}'])].map((chain) => ({ run: '7KQ2M', ...(chain.at(-1) ?? { version: 0, hash: new Uint8Array() }) }));
    if (first === undefined || second === undefined) throw new Error('two heads');
    let text = lines;
    for (const head of [first, second, second]) text = [...text, writeCheckpoint(readLastLine(text.at(-1) ?? ''), '2026-03-04T03:00:00.000Z', [head], signer)];
    expect(read(text).heads.get('7KQ2M')?.map(({ version }) => version)).toEqual([2, 3, 3]);
  });

  it('shows every bit that was changed, and believes nothing of such a line', () => {
    const line = lines[1] ?? '';
    for (let bit = 0; bit < Buffer.byteLength(line) * 8; bit += 1) {
      const checkpoints = read(lines.with(1, flipped(Buffer.from(line), bit).toString('utf8')));
      expect(checkpoints.broken[0]?.line).toBe(2);
      expect(checkpoints.heads.has('8ABCD')).toBe(false);
    }
  });

  it('shows lines that are missing or stand elsewhere', () => {
    expect(read(lines.slice(1)).broken).toMatchObject([{ line: 1, what: 'lines before it are missing' }]);
    expect(read(lines.toSpliced(1, 1)).broken).toMatchObject([{ line: 2 }]);
    expect(read([...lines].reverse()).broken.length).toBeGreaterThan(0);
  });

  it('is worth what its key is worth', () => {
    expect(read(lines, [newSigner().publicKey]).broken).toHaveLength(3);
    expect(read(lines, [newSigner().publicKey, signer.publicKey]).broken).toEqual([]);
    expect(read(lines, ['nonsense']).heads.size).toBe(0);
  });
});
