import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChainCheck, type AuditFinding, type SignedHead, type StoredEvent } from '../../../src/audit/check-chain.js';
import { chainStart } from '../../../src/audit/hash-chain.js';
import type { RunHead } from '../../../src/ports/store.js';
import { chainOf, flipped } from './signers.js';

const run = '7KQ2M';
const events = chainOf(run, ['{"at":1,"reason":"500s"}', '{"at":2,"text":"früher"}', '{"at":3}', '{"at":4}']);

function headOf(chain: readonly StoredEvent[]): RunHead {
  const last = chain.at(-1);
  return last === undefined ? chainStart(run) : { version: last.version, hash: last.hash };
}

function audit(chain: readonly StoredEvent[], recorded: RunHead | undefined = headOf(events), signed: readonly SignedHead[] = [], of = run): AuditFinding | undefined {
  const check = new ChainCheck(of, signed);
  for (const event of chain) check.take(event);
  return check.end(recorded);
}

/** What a bit is in: PostgreSQL would not even hold a text that is not UTF-8, so what such a flip reads as is judged. */
function textWithFlip(text: string, bit: number): string {
  return flipped(Buffer.from(text), bit).toString('utf8');
}

/** Every chain that differs from the sound one by one bit. */
function* oneBitOff(chain: readonly StoredEvent[]): Generator<{ readonly changed: readonly StoredEvent[]; readonly at: number }> {
  for (const [index, event] of chain.entries()) {
    const put = (other: StoredEvent): { changed: readonly StoredEvent[]; at: number } => ({ changed: chain.with(index, other), at: event.version });
    for (let bit = 0; bit < event.hash.length * 8; bit += 1) yield put({ ...event, hash: flipped(event.hash, bit) });
    for (let bit = 0; bit < Buffer.byteLength(event.payload) * 8; bit += 1) yield put({ ...event, payload: textWithFlip(event.payload, bit) });
    for (let bit = 0; bit < Buffer.byteLength(event.type) * 8; bit += 1) yield put({ ...event, type: textWithFlip(event.type, bit) });
    for (let bit = 0; bit < 31; bit += 1) yield put({ ...event, version: event.version ^ (1 << bit) });
  }
}

describe('a chain', () => {
  it('that is sound has no finding', () => {
    expect(audit(events)).toBeUndefined();
    expect(audit([], chainStart(run))).toBeUndefined();
  });

  it('shows every single bit that was changed, and where', () => {
    let count = 0;
    for (const { changed, at } of oneBitOff(events)) {
      count += 1;
      expect(audit(changed)).toMatchObject({ run, version: at });
    }
    expect(count).toBeGreaterThan(1_900);
  });

  it('shows every bit of the head that was changed', () => {
    const head = headOf(events);
    for (let bit = 0; bit < 256; bit += 1) expect(audit(events, { ...head, hash: flipped(head.hash, bit) })).toMatchObject({ run, version: 4 });
    for (let bit = 0; bit < 31; bit += 1) expect(audit(events, { ...head, version: head.version ^ (1 << bit) })).toBeDefined();
  });

  it('of one run cannot stand for another\'s', () => expect(audit(events, headOf(events), undefined, 'OTHER')).toMatchObject({ version: 1 }));
});

describe('a longer chain, changed at random', () => {
  const long = chainOf(run, Array.from({ length: 60 }, (_, index) => JSON.stringify({ at: index, text: `note ${String(index)}` })));
  const index = fc.nat(long.length - 1);

  it('shows deletion, reordering, insertion and truncation, by the first event that is wrong', () => {
    fc.assert(fc.property(index, index, fc.constantFrom('delete', 'swap', 'repeat', 'truncate'), (a, b, how) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      fc.pre(how !== 'swap' || low !== high);
      const [first, second] = [long[low], long[high]];
      if (first === undefined || second === undefined) throw new Error('within the chain');
      const changed = { delete: long.toSpliced(low, 1), swap: long.with(low, second).with(high, first), repeat: long.toSpliced(low, 0, first), truncate: long.slice(0, low) }[how];
      expect(audit(changed, headOf(long))).toMatchObject({ run, version: how === 'repeat' ? low + 2 : low + 1 });
    }), { numRuns: 500 });
  });

  it('shows any bits that were changed', () => {
    fc.assert(fc.property(index, fc.nat(), (at, bit) => {
      const event = long[at];
      if (event === undefined) throw new Error('within the chain');
      const payload = textWithFlip(event.payload, bit % (Buffer.byteLength(event.payload) * 8));
      expect(audit(long.with(at, { ...event, payload }), headOf(long))).toMatchObject({ version: at + 1 });
    }), { numRuns: 1_000 });
  });
});

describe('whoever owns the database can write a whole chain anew, head included', () => {
  const signed = (version: number): SignedHead => ({ version, hash: events[version - 1]?.hash ?? new Uint8Array(), where: 'the signed heads, line 1,' });
  const forged = chainOf(run, ['{"at":1,"reason":"500s"}', '{"at":2,"text":"nothing to see"}', '{"at":3}', '{"at":4}']);

  it('which the chain alone cannot show, and a signed head does', () => {
    expect(audit(forged, headOf(forged))).toBeUndefined();
    expect(audit(forged, headOf(forged), [signed(4)])).toMatchObject({ run, version: 4, what: expect.stringContaining('replaced') });
    expect(audit(forged, headOf(forged), [signed(2)])).toMatchObject({ run, version: 2 });
  });

  it('and so for an end that was cut off together with its head', () => {
    const cut = events.slice(0, 3);
    expect(audit(cut, headOf(cut))).toBeUndefined();
    expect(audit(cut, headOf(cut), [signed(4)])).toMatchObject({ version: 4, what: expect.stringContaining('ends at event 3') });
  });

  it('also where planb signed the new chain, longer or as long, since every signed head counts and not the last alone', () => {
    for (const again of [chainOf(run, ['{"at":1,"reason":"500s"}', '{"at":2,"text":"nothing to see"}', '{"at":3}', '{"at":4}', '{"at":5}']), forged]) {
      const later: SignedHead = { ...headOf(again), where: 'the signed heads, line 2,' };
      expect(audit(again, headOf(again), [signed(4), later])).toMatchObject({ run, version: 4, what: expect.stringContaining('line 1') });
    }
  });

  it('while a run that went on after its head was signed is sound', () => expect(audit(events, headOf(events), [signed(2)])).toBeUndefined());
});
