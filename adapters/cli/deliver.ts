import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Reply } from '../../src/board/model.js';
import type { ChatCommand, Delivery } from '../../src/command/command.js';
import type { Store } from '../../src/ports/store.js';
import { CliExit, exitCodes } from './exit.js';
import type { CliServices } from './services.js';
import { requireWorker } from './workers.js';

/** Who types, and how that is proven. */
export interface Typist {
  readonly person: string;
  /** The person's own time-based code; votes and answers need it. */
  readonly code?: string;
}

export interface Answered {
  /** A word for the record: `run 7KQ`, `approve 7KQ`, `refused: not-a-voter`. */
  readonly outcome: string;
  readonly reply?: Reply;
  /** The reason code, where planb said no. */
  readonly refused?: string;
  /** The run that a request opened. */
  readonly run?: string;
}

const firstPauseMs = 20;
const longestPauseMs = 250;

export function deliveryOf(command: ChatCommand, typist: Typist): Delivery {
  const { person, code } = typist;
  return {
    id: `cli:${randomUUID()}`,
    actor: { platform: 'cli', userId: person, displayName: person, ...(code === undefined ? {} : { totp: code }) },
    place: { platform: 'cli', channel: '' },
    command,
  };
}

/**
 * Hands the command to the workers, as a chat adapter does, and waits for what came of it. Throws StoreError, and CliExit where no worker is alive
 * or none answers within `timeoutMs`.
 */
export async function deliver(services: Pick<CliServices, 'ownerState'>, store: Store, delivery: Delivery, timeoutMs: number): Promise<Answered> {
  const workers = await requireWorker(services, store);
  const deadline = performance.now() + timeoutMs;
  await store.acceptDelivery(delivery);
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
    const outcome = await store.deliveryOutcome(delivery.id);
    if (outcome !== undefined) return answered(outcome);
    if (performance.now() >= deadline) throw unanswered(delivery, timeoutMs, workers.alive === 0);
    await delay(pause);
  }
}

function answered({ outcome, reply }: { readonly outcome: string; readonly reply?: Reply }): Answered {
  const refused = /^refused: (.+)$/.exec(outcome)?.[1];
  const run = /^run (\S+)$/.exec(outcome)?.[1];
  return { outcome, ...(reply === undefined ? {} : { reply }), ...(refused === undefined ? {} : { refused }), ...(run === undefined ? {} : { run }) };
}

function unanswered(delivery: Delivery, timeoutMs: number, onlyElsewhere: boolean): CliExit {
  const who = onlyElsewhere ? 'The workers that planb knows are on other machines or in other containers, and may be gone: look there' : 'A worker is alive but has not taken it up: its log says why';
  return new CliExit(exitCodes.failed, `No answer within ${Math.round(timeoutMs / 1000)} s. The command is stored (${delivery.id}) and will be carried out when a worker takes it up. ${who}; "planb doctor" checks the connections.`);
}
