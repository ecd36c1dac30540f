import type { Position, RunbookStep } from './runbook.js';

/** Where a part of a step stands; what is not written there stands where the part around it does. */
export function findPosition(step: RunbookStep, path: string): Position {
  for (let part = path; part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('.')))) {
    const position = step.positions[part];
    if (position !== undefined) return position;
  }
  return step.positions['run'] !== undefined && path.startsWith('with') ? step.positions['run'] : step.position;
}
