import { shorten } from '../../../src/board/clean.js';
import type { ActionContext } from '../../../src/ports/action.js';
import type { Reading } from '../../../src/watch/judge-rule.js';
import type { WatchCheck } from '../../../src/watch/policy.js';
import { followLog } from '../../actions/log-lines.js';
import { compilePatterns, defaultPatterns } from '../../actions/log-patterns.js';

/** Reads the log's last minutes, never what was logged before the watch began, and counts what looks like an error. */
export async function lookAtLogs(context: ActionContext, { source, patterns, allow, within, atLeast }: Extract<WatchCheck, { kind: 'logs' }>, from: number): Promise<Reading> {
  const compiled = compilePatterns(patterns ?? defaultPatterns, allow);
  if ('problem' in compiled) return { result: 'unread', saw: compiled.problem };
  let found = 0;
  let last = '';
  await followLog(context, source, Math.max(from, context.now() - within))((line) => {
    if (!compiled.judge(line)) return;
    found += 1;
    last = line;
  });
  if (found === 0) return { result: 'good', saw: 'no error' };
  return { result: found >= atLeast ? 'bad' : 'good', saw: `${found} ${found === 1 ? 'error' : 'errors'} in the log: ${shorten(context.mask(last.trim()), 160)}` };
}
