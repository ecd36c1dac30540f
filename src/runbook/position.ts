import type { Position, RunbookStep } from './runbook.js';

/** Where a part of a step stands; what is not written there stands where the part around it does. */
export function findPosition(step: RunbookStep, path: string, part: 'key' | 'value' = 'value'): Position {
  const key = part === 'key' ? step.keyPositions[path] : undefined;
  if (key !== undefined) return key;
  for (let around = path; around !== ''; around = around.slice(0, Math.max(0, around.lastIndexOf('.')))) {
    const position = step.positions[around];
    if (position !== undefined) return position;
  }
  return step.positions['run'] !== undefined && path.startsWith('with') ? step.positions['run'] : step.position;
}
