import { generateKeyPairSync } from 'node:crypto';
import { signerOf } from '../../../adapters/files/audit-key.js';
import type { StoredEvent } from '../../../src/audit/check-chain.js';
import { chainNext, chainStart } from '../../../src/audit/hash-chain.js';
import type { Signer } from '../../../src/ports/signer.js';

export function newSigner(): Signer {
  return signerOf(generateKeyPairSync('ed25519').privateKey);
}

/** A sound chain of a run, as PostgreSQL would hold it. */
export function chainOf(run: string, payloads: readonly string[]): readonly StoredEvent[] {
  let head = chainStart(run);
  return payloads.map((payload, index) => {
    const event = { version: index + 1, type: index === 0 ? 'RunRequested' : 'NoteAdded', payload };
    head = chainNext(head, event);
    return { ...event, hash: head.hash };
  });
}

export function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
