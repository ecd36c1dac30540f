import { TOTP } from 'otpauth';
import type { Proof } from '../../src/approval/judge.js';
import { personOf, rosterOf } from '../../src/approval/roster.js';
import { refusalReply } from '../../src/board/refusals.js';
import type { ReplyView } from '../../src/board/reply-input.js';
import type { Reply } from '../../src/board/model.js';
import type { Delivery } from '../../src/command/command.js';
import type { Locale, Person } from '../../src/config.js';
import { resolveReferences } from '../../src/config/secret-reference.js';
import type { Place } from '../../src/person.js';
import type { OutgoingMessage } from '../../src/ports/store.js';
import { refuse, type Decision, type Refusal } from '../../src/refusal.js';
import type { Parts } from '../parts.js';
import type { LoadedRun } from '../record.js';

/** What handling a delivery came to: a word for the record, and what its sender is told. `done`: the append that it caused has marked it already. */
export interface Handled {
  readonly outcome: string;
  readonly messages: readonly OutgoingMessage[];
  readonly done?: true;
  /** The run as that append left it, where somebody has to go on with it. */
  readonly moved?: LoadedRun;
}

/** One delivery being handled: who sent it, and how he is answered. */
export class Sender {
  readonly delivery: Delivery;
  readonly parts: Parts;
  readonly now: number;
  /** The delivery's place as planb.yaml names it: a Telegram group may have another id by now. */
  readonly place: Place;

  constructor(parts: Parts, delivery: Delivery, now: number, place: Place = delivery.place) {
    this.parts = parts;
    this.delivery = delivery;
    this.now = now;
    this.place = place;
  }

  person(): Decision<Person> {
    const known = personOf(rosterOf(this.parts.config), this.delivery.actor);
    if (known.ok) return known;
    const { userId, platform, displayName } = this.delivery.actor;
    return refuse(known.refusal.code, { ...known.refusal.details, name: displayName, platform, userId });
  }

  /** What the time-based code that came with the word proves: it must be this person's own, of this half minute or a neighbour of it, and unused. Throws StoreError. */
  async proofOf(person: Person): Promise<Proof> {
    const { totp } = this.delivery.actor;
    if (totp === undefined) return 'none';
    if (person.totp === undefined) return 'unknown';
    const secret = resolveReferences(person.totp, this.parts.world.references);
    if (!secret.ok || typeof secret.value !== 'string') return 'unknown';
    const delta = new TOTP({ secret: secret.value }).validate({ token: totp, window: 1, timestamp: this.now });
    return delta !== null && (await this.parts.store.useCode(person.id, totp, this.delivery.id)) ? 'right' : 'wrong';
  }

  locale(): Locale {
    const { parts: { config: { channels } }, place, delivery: { actor } } = this;
    const channel = Object.values(channels).find((one) => (place.platform === 'slack' ? one.slack === place.channel : one.telegram?.channel === place.channel));
    const known = personOf(rosterOf(this.parts.config), actor);
    return (known.ok ? known.value.locale : undefined) ?? channel?.locale ?? 'en';
  }

  view(): ReplyView {
    const { config } = this.parts;
    return { locale: this.locale(), now: this.now, people: (id) => config.people[id]?.name ?? id, command: this.delivery.actor.platform === 'cli' ? 'planb' : `/${config.command}` };
  }

  /** The answer to this delivery, under a key of its own so that it is sent once. */
  message(reply: Reply): OutgoingMessage {
    const { id, place, replyHandle } = this.delivery;
    // The answer is kept for longer than a code may be.
    const { totp: _code, ...actor } = this.delivery.actor;
    return { kind: 'reply', key: `reply:${id}`, actor, place, reply, ...(replyHandle === undefined ? {} : { replyHandle }) };
  }

  answer(outcome: string, reply: Reply): Handled {
    return { outcome, messages: [this.message(reply)] };
  }

  refusal(refusal: Refusal): Handled {
    return this.answer(`refused: ${refusal.code}`, refusalReply(refusal, this.view()));
  }
}
