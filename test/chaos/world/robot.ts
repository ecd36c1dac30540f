import { setTimeout as delay } from 'node:timers/promises';
import { isTerminal, type RunState } from '../../../src/run/state.js';
import type { ChaosWorld } from './chaos-world.js';
import { type RobotChat, type RobotPerson, slackChat } from './robot-chat.js';
import type { Target } from './target.js';

const lookMs = 25;
const askAgainMs = 200;
/** A run that is not over by then hangs, unless somebody knows better: with a kill every few seconds on a busy machine one takes more than three minutes. */
const usualPatienceMs = 480_000;

export interface Habits {
  /** `reject`: Alice approves, Bob rejects. `nobody` votes: the plan expires. */
  readonly votes: 'approve' | 'reject' | 'nobody';
  /** Where they are. */
  readonly chat: RobotChat;
  /** How long they wait for a run, or for its end. */
  readonly patienceMs: number;
}

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
  /** When the last vote was clicked, milliseconds since the epoch. */
  lastVoteAt = 0;
  readonly #chat: RobotChat;
  readonly #votes: Habits['votes'];
  readonly #patienceMs: number;

  /** Without habits: both approve, in Slack. */
  constructor(world: ChaosWorld, target: Target, { votes, chat, patienceMs }: Partial<Habits> = {}) {
    this.#world = world;
    this.#target = target;
    this.#votes = votes ?? 'approve';
    this.#patienceMs = patienceMs ?? usualPatienceMs;
    this.#chat = chat ?? slackChat(world.workspace, target.channel);
  }

  /** Asks for a rollback until it is acknowledged; resolves with the run once it is on record. */
  async request(): Promise<string> {
    const known = new Set((await this.#runs()).map(({ id }) => id));
    for (;;) {
      if (await this.#chat.say('alice', `/rollback ${this.#target.id}`)) break;
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
      if (this.#votes === 'nobody') return;
      const plan = `${state.id}/${state.digest ?? ''}`;
      const voted = new Set(state.votes.map(({ person }) => person));
      if (!voted.has('alice')) await this.#click('alice', 'Approve', state.id, plan);
      if (!voted.has('bob')) {
        const at = Date.now();
        if (await this.#click('bob', this.#votes === 'reject' ? 'Reject' : 'Approve', state.id, plan)) this.lastVoteAt = at;
      }
      return;
    }
    const step = state.steps.find(({ status }) => status === 'unknown' || status === 'failed' || status === 'awaiting');
    if (step === undefined || !this.answers) return;
    const meaning = `${state.id}/${step.id}/${String(step.attempt)}`;
    if (step.status === 'awaiting') {
      await this.#click('alice', 'Done', state.id, meaning);
      return;
    }
    const happened = (await this.#target.ledger(state.id)).some((attempt) => attempt.startsWith(`${state.id}/${step.id}/`));
    const answer = !happened ? 'Retry' : step.status === 'unknown' ? 'It was done' : 'Skip';
    if (await this.#click('alice', answer, state.id, meaning)) this.asked += 1;
  }

  /** Clicks where the run's button is to be seen, on each board once: one that a dead bot posted and could not note stays as it was, and its buttons may refuse. */
  async #click(person: RobotPerson, label: string, run: string, meaning: string): Promise<boolean> {
    const keyOf = (board: string): string => `${person} ${label} ${meaning} ${board}`;
    const seen = this.#chat.buttons(run, label).findLast(({ board }) => !this.#done.has(keyOf(board)));
    if (seen === undefined || !(await seen.click(person))) return false;
    this.#done.add(keyOf(seen.board));
    return true;
  }

  #runs(): Promise<readonly { readonly id: string }[]> {
    return this.#world.query<{ id: string }>('SELECT id FROM runs WHERE target = $1', [this.#target.id]);
  }

  async #until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    for (const deadline = Date.now() + this.#patienceMs; Date.now() < deadline; ) {
      const found = await look();
      if (found !== undefined) return found;
      await delay(lookMs);
    }
    throw new Error(`${this.#target.id}: waited in vain for ${what}`);
  }
}
