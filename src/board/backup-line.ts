import { proofReceipt } from '../run/backup-proof.js';
import { stepState, type RunState, type StepState } from '../run/state.js';
import type { Language } from './language.js';
import { isBackup } from './plan-reading.js';
import type { MessageView } from './view.js';

/**
 * Where the run's backup stands. Undefined when the plan takes none. Reads these keys of a backup's receipt: `proven` (boolean), `provenAt` and `takenAt`
 * (ISO 8601), `bytes`, `provable` (false where it cannot be proven).
 */
export function backupLine(state: RunState, view: MessageView, language: Language): string | undefined {
  const { words, format } = language;
  const planned = state.plan?.steps.find(isBackup);
  if (planned === undefined) return undefined;
  const step = stepState(state, planned.id);
  const said = words.board.backup;
  switch (step?.status) {
    case 'succeeded':
      return succeeded(step);
    case 'running':
    case 'retrying':
    case 'awaiting':
      return said.running(format.time(step.startedAt ?? view.now, view.now));
    case 'failed':
    case 'tolerated':
    case 'abandoned':
      return said.failed;
    case 'unknown':
      return said.unknown;
    case 'skipped':
      return said.skipped;
    case 'cancelled':
      return said.cancelled;
    case 'not-run':
      return said.notTaken;
    default:
      return planned.prepare && state.startedAt === undefined ? said.before : said.inPlan;
  }

  function succeeded(finished: StepState): string {
    const receipt = proofReceipt(state, finished.receipt ?? {});
    const at = (key: string): string => format.time(instant(receipt[key]) ?? finished.changedAt ?? view.now, view.now);
    const size = typeof receipt['bytes'] === 'number' ? said.size(format.bytes(receipt['bytes'])) : '';
    if (receipt['proven'] === true) return said.proven(at('provenAt'), size);
    return receipt['provable'] === false ? said.notProvable(at('takenAt'), size) : said.taken(at('takenAt'), size);
  }
}

function instant(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
