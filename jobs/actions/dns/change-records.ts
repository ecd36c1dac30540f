import type { StepContext } from '../../../src/ports/action.js';
import { DnsError, type DnsProvider, type RecordChange } from '../../../src/ports/dns.js';

/**
 * Changes them where they are kept, and makes sure. An answer that was lost says nothing about the change, so the records themselves are asked. Throws DnsError.
 */
export async function changeRecords(context: StepContext, provider: DnsProvider, changes: readonly RecordChange[], isDone: () => Promise<boolean>): Promise<void> {
  if (provider.change === undefined) throw new DnsError('dns-failed', `the records are changed by people (${provider.place}), and nobody has done so`);
  try {
    await provider.change(changes);
  } catch (error) {
    if (!(error instanceof DnsError) || (error.code !== 'dns-unreachable' && error.code !== 'dns-failed')) throw error;
    if (!(await isDone())) throw error;
    context.log(`${error.message}; the records are changed nevertheless`);
    return;
  }
  if (!(await isDone())) throw new DnsError('dns-failed', `${provider.place}: the change was taken, but the records are not as they should be`, { retryable: true });
}

/** When the last resolver that keeps to the rules has forgotten an answer of that TTL; milliseconds since the epoch. */
export function forgottenAt(changedAt: number, ttls: readonly number[]): number {
  return changedAt + Math.max(0, ...ttls) * 1_000;
}

export function sayTime(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
