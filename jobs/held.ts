import type { Target } from '../src/config.js';
import type { Parts } from './parts.js';
import { actionContext } from './step-context.js';
import { readHold } from './actions/compose-hold.js';
import { inspectableSteps } from './planning/inspectable-steps.js';

/** The Compose projects that the target's rollback touches. */
export async function projectFolders(parts: Parts, target: Target): Promise<readonly string[]> {
  const folders = (await inspectableSteps(parts, target)).flatMap(({ uses, with: input }) => (uses === 'compose.release' && typeof input['project'] === 'string' ? [input['project']] : []));
  return [...new Set(folders)];
}

/** The lines of the user's own files that still name a release that was taken back, in words; empty: the target is not held. */
export async function heldLines(parts: Parts, target: Target, signal: AbortSignal): Promise<readonly string[]> {
  const context = actionContext(parts, { target: target.id, run: 'hold', step: '', attempt: 0, env: {}, signal });
  try {
    const holds = await Promise.all((await projectFolders(parts, target)).map((folder) => readHold(context, folder)));
    return holds.flatMap((hold) => hold?.services.flatMap(({ change }) => change ?? []) ?? []);
  } finally {
    await context.close();
  }
}
