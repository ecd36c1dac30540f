import type { Delivery } from '../../../src/command/command.js';
import type { Actor } from '../../../src/person.js';
import type { AcceptDelivery } from '../../../src/ports/chat.js';
import type { ActorReader, Sender } from '../actor.js';
import { DeadlineError, withDeadline } from '../deadline.js';
import type { Identity, IdentityReader } from '../identity.js';
import type { SlackLog } from '../options.js';
import type { ReplySender, ReplyTo } from '../send/reply-to.js';
import type { Words } from '../words.js';

/** Slack gives up after 3 s; what is left over is for the answer's way back. */
export const ANSWER_WITHIN_MS = 2500;
const WHO_WITHIN_MS = 1500;
/** What telling a person may take beyond that: a store that failed at the last moment leaves no more. */
const TELL_EXTRA_MS = 350;

/** Undefined: stored. Else the sentence for the person whose command was not. */
export type Problem = string | undefined;

/** Brings one verified message to the store and knows in time what to say when that fails. */
export class Intake {
  readonly #identity: IdentityReader;
  readonly #actors: ActorReader;
  readonly #accept: AcceptDelivery;
  readonly #replies: ReplySender;
  readonly #words: Words;
  readonly #log: SlackLog;

  constructor(parts: { identity: IdentityReader; actors: ActorReader; accept: AcceptDelivery; replies: ReplySender; words: Words; log: SlackLog }) {
    this.#identity = parts.identity;
    this.#actors = parts.actors;
    this.#accept = parts.accept;
    this.#replies = parts.replies;
    this.#words = parts.words;
    this.#log = parts.log;
  }

  identity(): Promise<Identity> {
    return withDeadline(this.#identity.read(), WHO_WITHIN_MS, 'auth.test');
  }

  /** Throws where Slack does not say in time who this is. */
  async whoIs(sender: Sender): Promise<Actor> {
    return withDeadline(this.#who(sender), WHO_WITHIN_MS, 'users.info');
  }

  async #who(sender: Sender): Promise<Actor> {
    return this.#actors.read(sender, await this.#identity.read());
  }

  /** `until` is on performance.now()'s clock. */
  async take(sender: Sender, until: number, make: (actor: Actor) => Delivery): Promise<Problem> {
    let actor: Actor;
    try {
      actor = await this.whoIs(sender);
    } catch (error) {
      this.#log.error({ err: error, user: sender.user }, 'the sender of a Slack message could not be looked up');
      return this.#words.unknownSender;
    }
    return this.store(make(actor), until);
  }

  async store(delivery: Delivery, until: number): Promise<Problem> {
    try {
      await withDeadline(this.#accept(delivery), until - performance.now(), 'storing a delivery');
      return undefined;
    } catch (error) {
      this.#log.error({ err: error, delivery: delivery.id }, 'a Slack message could not be stored');
      return error instanceof DeadlineError ? this.#words.notConfirmed : this.#words.notStored;
    }
  }

  /**
   * For messages whose acknowledgement cannot carry words. Throws where the person could not be told either: then the message
   * stays unacknowledged, and Slack shows its own error or sends it again. `until` is the message's, as for `take`.
   */
  async tell(to: ReplyTo, problem: string, until: number): Promise<void> {
    await withDeadline(this.#replies.send(to, { text: problem, blocks: [] }), until - performance.now() + TELL_EXTRA_MS, 'telling a person');
  }
}
