import { readHealth } from '../shop/health.js';
import type { SlackMessage } from '../workspace/slack/model.js';
import type { SlackWorkspace } from '../workspace/slack/slack.js';
import { isOver, isQuestion, isVerified, titleOf } from './board-title.js';
import { plainText } from './conversation.js';
import { clickInSlack, findInSlack, OPS_SLACK, OPS_TELEGRAM, pressInTelegram, SceneFailed, type Scene, typeInSlack, until } from './people.js';
import type { Terminal } from './terminal.js';

const GOOD = '1.0.0';

/**
 * Alice asks in Slack and approves there, Bob approves in Telegram, planb takes the shop back. Returns when the final board says verified
 * and the shop's own health says 200 on 1.0.0.
 *
 * @throws SceneFailed, or the workspace's error at the deadline
 */
export async function playRollback(scene: Scene, terminal: Terminal, shopUrl: string): Promise<void> {
  const { slack } = scene.workspace;
  const started = Date.now();
  await typeInSlack(scene, 'Alice', '/rollback shop because 500s since deploy');
  const board = await until(scene, 'the plan', () => findEnded(slack.posted(OPS_SLACK)) ?? findInSlack(scene, 'Approve'));
  if (isOver(board.text)) throw new SceneFailed(`there is no plan:\n${board.text}`);

  terminal.heading('The plan');
  terminal.block(plainText(board.text));
  await clickInSlack(scene, 'Alice', board, 'Details');
  const details = await until(scene, 'the details', () => slack.replies(board).map((reply) => commandsIn(shownIn(slack, reply))).find((text) => text !== ''));
  terminal.heading('Its commands');
  terminal.block(details);
  terminal.heading('The votes and the run');

  await clickInSlack(scene, 'Alice', board, 'Approve');
  await until(scene, 'Alice\'s vote on the board', () => board.text.includes('1/2'));
  await pressInTelegram(scene, 'Bob', OPS_TELEGRAM, 'Approve');
  const end = await until(scene, 'the end of the run', () => (isOver(board.text) || isQuestion(board.text) ? board : undefined));
  const took = Date.now() - started;

  terminal.heading('The final board');
  terminal.block(plainText(end.text));
  if (!isVerified(end.text) || !titleOf(end.text).includes('verified')) throw new SceneFailed(`the run did not end verified: ${titleOf(end.text)}`);
  const health = await readHealth(shopUrl);
  const { colours } = terminal;
  const said = `GET ${shopUrl}/health answers ${String(health.code)}, version ${health.version}, database ${health.db}`;
  if (health.code !== 200 || health.version !== GOOD) throw new SceneFailed(`the board says verified, but ${said}`);
  terminal.line(`\n${colours.green('Verified, asked of the shop itself:')} ${said}`);
  terminal.line(`From the command to the end: ${(took / 1_000).toFixed(1)} s`);
}

function findEnded(messages: readonly SlackMessage[]): SlackMessage | undefined {
  return messages.findLast((message) => message.blocks.some((block) => block.type === 'header') && isOver(message.text));
}

/** What a reply says, also where it was too long for a message and came as a file. */
function shownIn(slack: SlackWorkspace, reply: SlackMessage): string {
  return [slack.read(reply), ...reply.files.map((file) => file.content.toString('utf8'))].join('\n');
}

/** Of the details only which command belongs to which step. */
function commandsIn(details: string): string {
  return details.split('\n').filter((line) => /^(?:Step \d+\/\d+ |\$ )/.test(line)).join('\n');
}
