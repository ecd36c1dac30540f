import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../../adapters/files/audit-key.js';
import { verifyBundle, writeBundle } from '../../../src/audit/bundle.js';
import { writeCheckpoint } from '../../../src/audit/checkpoint.js';
import { chainOf, flipped, newSigner } from './signers.js';

const run = '7KQ2M';
const signer = newSigner();
const at = '2026-03-01T03:00:00.000Z';
const events = chainOf(run, ['{"at":1,"reason":"500s \u001b"}', '{"at":2,"text":"früher"}', '{"at":3}']);
const last = events[2] ?? { version: 0, hash: new Uint8Array() };
const checkpoint = writeCheckpoint(undefined, at, [{ run, version: last.version, hash: last.hash }], signer);
const bundle = Buffer.from(writeBundle(run, events, [checkpoint], at, signer));

const judge = (bytes: Uint8Array, trusted?: string) => verifyBundle(bytes, verifySignature, trusted);

describe('a bundle', () => {
  it('proves itself by its bytes alone', () => {
    expect(judge(bundle)).toEqual({ run, events: 3, checkpoints: 1, publicKey: signer.publicKey, broken: [] });
    expect(judge(bundle, signer.publicKey).broken).toEqual([]);
  });

  it('shows every single bit that was changed', () => {
    for (let bit = 0; bit < bundle.length * 8; bit += 1) expect(judge(flipped(bundle, bit)).broken).toHaveLength(1);
  });

  it('shows events that were taken off its end, and any byte that is too much', () => {
    const cut = Buffer.from(writeBundle(run, events.slice(0, 2), [], at, signer).replace(/"signature": ".*"/, /"signature": ".*"/.exec(bundle.toString())?.[0] ?? ''));
    expect(judge(cut).broken[0]?.what).toContain('missing at the end');
    expect(judge(Buffer.concat([bundle, Buffer.from(' ')])).broken).toHaveLength(1);
    expect(judge(Buffer.from('')).broken).toHaveLength(1);
  });

  it('names the event where its chain breaks', () => {
    const text = bundle.toString().replace('früher', 'später');
    expect(judge(Buffer.from(text)).broken).toEqual([{ run, version: 2, what: 'event 2 (NoteAdded) is not what was recorded' }]);
  });

  it('of another planb is not the trusted one\'s', () => {
    const other = newSigner();
    const forged = Buffer.from(writeBundle(run, chainOf(run, ['{}']), [], at, other));
    expect(judge(forged).broken).toEqual([]);
    expect(judge(forged, signer.publicKey).broken[0]?.what).toContain('another key');
  });
});
