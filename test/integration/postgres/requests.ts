import type { Delivery } from '../../../src/command/command.js';
import type { AppendRequest, RunHead, Store } from '../../../src/ports/store.js';
import type { RunEvent } from '../../../src/run/events.js';

export const requested: RunEvent = {
  type: 'RunRequested', at: 1, target: 'shop', title: 'Shop', kind: 'rollback', runbook: 'shop', params: {}, requester: 'alice', place: { platform: 'slack', channel: 'C1' },
};

export function note(text: string): RunEvent {
  return { type: 'NoteAdded', at: 1, person: 'alice', text };
}

export function delivery(id: string): Delivery {
  return { id, actor: { platform: 'slack', userId: 'U1', displayName: 'Alice' }, place: { platform: 'slack', channel: 'C1' }, command: { kind: 'help' } };
}

export function appendOf(run: string, expected: RunHead, events: readonly RunEvent[], rest: Partial<AppendRequest> = {}): AppendRequest {
  return { run, expected, events, summary: { target: 'shop', kind: 'rollback', phase: 'planning', title: 'Shop' }, wake: [], urgent: true, ...rest };
}

/** Opens a run and returns its head. */
export async function openRun(store: Store, run: string, rest: Partial<AppendRequest> = {}): Promise<RunHead> {
  const { head } = await store.load(run);
  const result = await store.append(appendOf(run, head, [requested], rest));
  if (result.status !== 'appended') throw new Error(result.status);
  return result.head;
}

/** A worker's process, as far as the store is concerned. */
export const identity = { hostname: 'h', machineId: 'm', bootId: 'b', pidNamespace: 'pid:[1]', pid: 1, startTicks: '1' };
