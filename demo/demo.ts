import type { DemoOptions } from '../adapters/cli/services.js';
import { Conversation } from './run/conversation.js';
import { claimDemoFolder } from './run/demo-folder.js';
import { DemoRefused } from './run/demo-refused.js';
import { MOVING_TELEGRAM, SceneFailed, type Scene } from './run/people.js';
import { playMove } from './run/play-move.js';
import { playRollback } from './run/play-rollback.js';
import { startComposeShop, startShop, type ShopWorld } from './run/shop-world.js';
import { type PlanbProcess, startPlanb } from './run/planb-process.js';
import { openTerminal, type Terminal } from './run/terminal.js';
import { writeConfig } from './run/write-config.js';
import { DEFAULT_TELEGRAM_CHATS } from './workspace/residents.js';
import { startWorkspace, type Workspace } from './workspace/workspace.js';

/** All that the played scenes may take. */
const AUTO_MS = 120_000;
/** What the move needs at most; with less left it is not begun. */
const MOVE_MS = 40_000;

/** What is running; stopped in the opposite order. */
interface Running {
  readonly shop: ShopWorld;
  readonly workspace: Workspace;
  readonly planb: PlanbProcess;
}

/**
 * Runs the demo: a shop with a bad release, stand-ins for Slack and Telegram with a page, and the compiled planb as a process of its own. With
 * `auto` both people are played and the demo ends by itself; without, it stays until Ctrl-C.
 *
 * @returns the exit code: 0 only when the shop was verified healthy on 1.0.0, or the page was left in an orderly way
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const terminal = openTerminal();
  const interrupt = catchInterrupt();
  const stops: (() => Promise<void>)[] = [interrupt.release];
  try {
    const running = await startAll(options, terminal, stops, interrupt.signal);
    return await (options.auto ? playAll(running, terminal, interrupt.signal) : stayOpen(running, terminal, interrupt));
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    if (!(error instanceof DemoRefused)) throw error;
    terminal.line(terminal.colours.red(error.message));
    return 1;
  } finally {
    await stopAll(stops);
  }
}

/** Stops everything, also after a failure in between, which is thrown at the end. */
async function stopAll(stops: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const stop of stops.toReversed()) await stop().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function startAll(options: DemoOptions, terminal: Terminal, stops: (() => Promise<void>)[], signal: AbortSignal): Promise<Running> {
  const say = (line: string): void => {
    signal.throwIfAborted();
    terminal.line(terminal.colours.dim(line));
  };
  const folder = await claimDemoFolder(process.env['PLANB_DATA'] ?? '.planb');
  stops.push(() => folder.release());
  const shop = await (options.docker ? startComposeShop(folder, say) : startShop(folder, say));
  stops.push(() => shop.stop());
  const moving = { id: MOVING_TELEGRAM.chat, type: 'supergroup' as const, title: 'Переезд магазина' };
  const [ops, ...others] = DEFAULT_TELEGRAM_CHATS;
  const chats = ops === undefined ? [moving] : [ops, moving, ...others];
  const workspace = await startWorkspace({ ...(options.port === undefined ? {} : { port: options.port }), telegram: { chats } });
  stops.push(() => workspace.close());
  say('starting planb');
  const config = await writeConfig(folder.config, shop.targets, shop.values);
  const planb = await startPlanb({ config, data: folder.planbData, logFile: `${folder.path}/planb.log`, env: { ...workspace.env, ...shop.env } });
  stops.push(() => planb.stop());
  workspace.slack.connectTo(`${planb.url}/slack/events`);
  signal.throwIfAborted();
  return { shop, workspace, planb };
}

async function playAll({ shop, workspace, planb }: Running, terminal: Terminal, signal: AbortSignal): Promise<number> {
  terminal.heading(`The shop runs 1.1.0 and is down. Slack and Telegram: ${workspace.url}`);
  const conversation = new Conversation(workspace, terminal);
  const planbEnded = new Promise<never>((_resolve, reject) => {
    void planb.ended.then((how) => { reject(new SceneFailed(`planb ${how}`)); });
    signal.addEventListener('abort', () => { reject(new SceneFailed('interrupted')); });
  });
  planbEnded.catch(() => undefined);
  const scene: Scene = { workspace, conversation, deadline: Date.now() + AUTO_MS, planbEnded };
  try {
    await playRollback(scene, terminal, shop.url);
    if (shop.targets.includes('target-shop-move.yaml') && scene.deadline - Date.now() > MOVE_MS) {
      terminal.heading('A migration, told in Telegram stage by stage');
      await playMove(scene);
    }
    return 0;
  } catch (error) {
    if (signal.aborted) throw error;
    terminal.line(`\n${terminal.colours.red('The demo failed:')} ${error instanceof Error ? error.message : String(error)}`);
    terminal.line(`\n${planb.logFile} ends:\n${await planb.logTail()}`);
    return 1;
  } finally {
    conversation.close();
  }
}

async function stayOpen({ shop, workspace, planb }: Running, terminal: Terminal, interrupt: Interrupt): Promise<number> {
  const { colours } = terminal;
  terminal.heading('The shop runs 1.1.0 and is down.');
  terminal.line(`  Slack and Telegram, side by side   ${colours.cyan(workspace.url)}`);
  terminal.line(`  The shop's health                  ${shop.url}/health`);
  terminal.line(`  planb's log                        ${planb.logFile}`);
  terminal.line();
  terminal.line(`  As Alice in the Slack pane:        ${colours.bold('/rollback shop because 500s since deploy')}`);
  terminal.line('  Then Approve as Alice in Slack and as Bob in Telegram.');
  if (shop.targets.includes('target-shop-move.yaml')) terminal.line(`  A migration, in Telegram's group "Переезд магазина": ${colours.bold('/rollback migrate shop-move')}`);
  terminal.line(`\n${colours.dim('Ctrl-C ends it.')}`);
  const ended = await Promise.race([planb.ended, interrupt.happened.then(() => undefined)]);
  if (ended === undefined) {
    terminal.line(colours.dim('stopping'));
    return 0;
  }
  terminal.line(`${colours.red(`planb ${ended}.`)} Its log ends:\n${await planb.logTail()}`);
  return 1;
}

interface Interrupt {
  readonly signal: AbortSignal;
  readonly happened: Promise<void>;
  readonly release: () => Promise<void>;
}

/** The first Ctrl-C (or SIGTERM) asks for an orderly end. The second ends at once; the next demo clears up what that leaves. */
function catchInterrupt(): Interrupt {
  const controller = new AbortController();
  const happened = new Promise<void>((resolve) => { controller.signal.addEventListener('abort', () => { resolve(); }); });
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, onSignal);
  const release = (): Promise<void> => {
    for (const name of names) process.off(name, onSignal);
    return Promise.resolve();
  };
  return { signal: controller.signal, happened, release };
}
