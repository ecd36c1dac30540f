import { setTimeout as delay } from 'node:timers/promises';
import { lastAttempt } from '../../../demo/workspace/slack/model.js';
import type { LoadWorld } from './load-world.js';
import { type SeenBoard, SeenMessages } from './seen-boards.js';
import { ALICE, BOB } from './site.js';

const lookAgainMs = 500;
const askAgainMs = 15_000;
/** Whoever was told that nothing was confirmed looks at the board before pressing again; whoever sees the same button much later, too: it may be asked about another try. */
const pressAgainMs = { unconfirmed: 10_000, confirmed: 60_000 } as const;

/**
 * Alice asks for every run and approves in Slack, Bob approves in Telegram, as soon as the board there shows the button; a question is answered on the platform whose turn it is. A button that stays is
 * pressed again after a while.
 */
export class LoadPeople {
  readonly seen: SeenMessages;
  /** The target of each run. */
  readonly runs = new Map<string, string>();
  readonly #world: LoadWorld;
  /** When each may be pressed again. */
  readonly #pressed = new Map<string, number>();
  readonly #looked = new Map<SeenBoard, { readonly revision: number; readonly buttons: readonly string[] }>();

  constructor(world: LoadWorld) {
    this.#world = world;
    this.seen = new SeenMessages(world.workspace);
  }

  /** Asks for a run of the target until it is on record: planb may answer that it could not store the command, or not in time. */
  async request(target: LoadWorld['targets'][number]): Promise<void> {
    for (let askedAt = -Infinity; ; await delay(lookAgainMs)) {
      const [row] = await this.#world.query<{ id: string }>('SELECT id FROM runs WHERE target = $1', [target.id]);
      if (row !== undefined) return void this.runs.set(row.id, target.id);
      if (performance.now() - askedAt < askAgainMs) continue;
      askedAt = performance.now();
      await this.#world.workspace.slack.slash(ALICE.slack, target.slack, `/rollback ${target.id} because everything is slow since the release`);
    }
  }

  /** Presses what is to be pressed on the boards as they are now. */
  async act(): Promise<void> {
    this.seen.look();
    await Promise.all(this.seen.boards.map(async (board) => {
      const target = this.runs.get(board.run);
      if (target === undefined) return;
      const buttons = this.#buttonsOf(board);
      if (buttons.includes('Approve')) await this.#press(board, 'Approve');
      if (buttons.includes('Retry') && (Number(target.slice(1)) % 8 === 4 ? 'slack' : 'telegram') === board.platform) {
        this.#world.site.clear(target);
        await this.#press(board, 'Retry');
      }
    }));
  }

  #buttonsOf(board: SeenBoard): readonly string[] {
    const revision = board.source.history.length;
    const known = this.#looked.get(board);
    if (known?.revision === revision) return known.buttons;
    const { buttons } = board.now();
    this.#looked.set(board, { revision, buttons });
    return buttons;
  }

  async #press(board: SeenBoard, label: string): Promise<void> {
    const key = `${board.channel} ${board.message} ${label}`;
    if ((this.#pressed.get(key) ?? 0) > performance.now()) return;
    this.#pressed.set(key, performance.now() + pressAgainMs.confirmed);
    const { slack, telegram } = this.#world.workspace;
    const { source } = board;
    if ('ts' in source) {
      const delivery = await slack.click(ALICE.slack, source, label);
      if (lastAttempt(delivery).failure !== undefined) this.#pressed.set(key, performance.now() + pressAgainMs.unconfirmed);
    } else {
      // What is pressed while no bot polls waits at Telegram.
      telegram.press(BOB.telegram, source.chatId, source.id, label);
    }
  }
}
