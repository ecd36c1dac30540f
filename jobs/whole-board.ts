import type { BoardModel } from '../src/board/model.js';
import type { Config } from '../src/config.js';
import type { BoardRecord } from '../src/ports/store.js';
import { openQuestions } from '../src/run/waiting.js';
import type { RunState } from '../src/run/state.js';
import { noteResult } from './chat-claim.js';
import type { ChatWork } from './chat-retry.js';
import type { LoadedRun } from './record.js';
import { runDetails } from './run-details.js';

/**
 * Posts to a shortened board's thread what it leaves out: once for each plan, each question and the end. Progress is left to the run's page. Only in the target's own channel: elsewhere the exact
 * commands are for who presses Details.
 */
export async function postWhole(parts: ChatWork, board: BoardRecord, tone: BoardModel['tone'], run: LoadedRun): Promise<void> {
  const about = aboutWhat(tone, run.state);
  if (about === undefined || !isOwnChannel(parts.config, run.state.target, board)) return;
  try {
    const details = await runDetails(parts, run, board.locale);
    await noteResult(() => parts.store.enqueueMessages([{ kind: 'details', key: `whole:${board.id}:${run.state.digest ?? ''}:${about}`, run: board.run, board: board.id, details }]));
  } catch (error) {
    // The board stands and says that it was shortened.
    parts.log.error({ run: board.run, platform: board.platform, channel: board.channel, error }, 'what a board leaves out could not be posted');
  }
}

function aboutWhat(tone: BoardModel['tone'], state: RunState): string | undefined {
  if (tone === 'planning' || tone === 'running') return undefined;
  return tone === 'question' ? openQuestions(state).map(({ key }) => key).join(' ') : tone;
}

function isOwnChannel(config: Config, target: string, { platform, channel }: BoardRecord): boolean {
  const own = config.channels[config.targets[target]?.channel ?? ''];
  return (platform === 'slack' ? own?.slack : own?.telegram?.channel) === channel;
}
