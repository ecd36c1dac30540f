import { setTimeout as delay } from 'node:timers/promises';
import { lastAttempt, type SlackDelivery, type SlackMessage } from '../../../demo/workspace/slack/model.js';
import { isTerminal, type RunState } from '../../../src/run/state.js';
import type { ChaosWorld } from './chaos-world.js';
import { ALICE, BOB, type Target } from './target.js';

const lookMs = 25;
const askAgainMs = 200;
/** What planb answers a person whose message it could not store. */
const isTryAgain = /try again|cannot say whether|may not have/i;
/** A run that is not over by then hangs. */
const patienceMs = 180_000;

/**
 * The people of a target: Alice asks, both approve, and whoever is asked looks into the ledger and tells the truth. What planb has not acknowledged they do again, as people do; what it has acknowledged
 * never.
 */
export class Robot {
  readonly #world: ChaosWorld;
  readonly #target: Target;
  /** Clicks that were acknowledged: person, button, what the button means, and the board. */
  readonly #done = new Set<string>();
  /** False: nobody answers questions, since the ledger may still be written. */
  answers = true;
  /** Unknown outcomes that people had to tell. */
  asked = 0;

  constructor(world: ChaosWorld, target: Target) {
    this.#world = world;
    this.#target = target;
  }

  /** Asks for a rollback until it is acknowledged; resolves with the run once it is on record. */
  async request(): Promise<string> {
    const { slack } = this.#world.workspace;
    const known = new Set((await this.#runs()).map(({ id }) => id));
    for (;;) {
      if (await this.#isTaken(ALICE, () => slack.slash(ALICE, this.#target.channel, `/rollback ${this.#target.id}`))) break;
      await delay(askAgainMs);
    }
    return this.#until('the run', async () => (await this.#runs()).find(({ id }) => !known.has(id))?.id);
  }

  /** Votes and answers until the run has ended. */
  async carryThrough(run: string): Promise<RunState> {
    return this.#until(`the end of run ${run}`, async () => {
      const state = await this.#world.run(run);
      if (isTerminal(state)) return state;
      await this.#act(state);
      return undefined;
    });
  }

  async #act(state: RunState): Promise<void> {
    if (state.phase === 'voting') {
      const plan = `${state.id}/${state.digest ?? ''}`;
      const voted = new Set(state.votes.map(({ person }) => person));
      if (!voted.has('alice')) await this.#click(ALICE, 'Approve', state.id, plan);
      if (!voted.has('bob')) await this.#click(BOB, 'Approve', state.id, plan);
      return;
    }
    const step = state.steps.find(({ status }) => status === 'unknown' || status === 'failed' || status === 'awaiting');
    if (step === undefined || !this.answers) return;
    const meaning = `${state.id}/${step.id}/${String(step.attempt)}`;
    if (step.status === 'awaiting') {
      await this.#click(ALICE, 'Done', state.id, meaning);
      return;
    }
    const happened = (await this.#target.ledger(state.id)).some((attempt) => attempt.startsWith(`${state.id}/${step.id}/`));
    const answer = !happened ? 'Retry' : step.status === 'unknown' ? 'It was done' : 'Skip';
    if (await this.#click(ALICE, answer, state.id, meaning)) this.asked += 1;
  }

  /** Clicks where the run's button is to be seen, on each board once: one that a dead bot posted and could not note stays as it was, and its buttons may refuse. */
  async #click(person: string, label: string, run: string, meaning: string): Promise<boolean> {
    const { slack } = this.#world.workspace;
    const keyOf = ({ ts }: SlackMessage): string => `${person} ${label} ${meaning} ${ts}`;
    const board = slack.posted(this.#target.channel).findLast((message) => slack.buttons(message).includes(label) && slack.read(message).includes(run) && !this.#done.has(keyOf(message)));
    if (board === undefined || !(await this.#isTaken(person, () => slack.click(person, board, label)))) return false;
    this.#done.add(keyOf(board));
    return true;
  }

  /** Whether planb has acknowledged it, and has not told the person that it was not stored. */
  async #isTaken(person: string, act: () => Promise<SlackDelivery>): Promise<boolean> {
    const told = (): number => this.#world.workspace.slack.ephemerals(person).filter(({ channel, text }) => channel === this.#target.channel && isTryAgain.test(text)).length;
    const before = told();
    const delivery = await act();
    return lastAttempt(delivery).failure === undefined && told() === before;
  }

  #runs(): Promise<readonly { readonly id: string }[]> {
    return this.#world.query<{ id: string }>('SELECT id FROM runs WHERE target = $1', [this.#target.id]);
  }

  async #until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; ) {
      const found = await look();
      if (found !== undefined) return found;
      await delay(lookMs);
    }
    throw new Error(`${this.#target.id}: waited in vain for ${what}`);
  }
}
