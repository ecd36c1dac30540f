import type { Target } from '../src/config.js';
import type { Parts } from './parts.js';
import { actionContext } from './step-context.js';
import { readHold } from './actions/compose-hold.js';
import { inspectableSteps } from './planning/inspectable-steps.js';

/** A Compose project that the target's rollback touches, and the services there that are its own. */
export interface HeldProject {
  readonly folder: string;
  readonly services: readonly string[];
}

export async function composeProjects(parts: Parts, target: Target): Promise<readonly HeldProject[]> {
  const projects = new Map<string, readonly string[]>();
  for (const { uses, with: input } of await inspectableSteps(parts, target)) {
    const { project, services } = input;
    if (uses !== 'compose.release' || typeof project !== 'string' || !Array.isArray(services)) continue;
    const named: readonly unknown[] = services;
    projects.set(project, [...new Set([...(projects.get(project) ?? []), ...named.filter((service) => typeof service === 'string')])]);
  }
  return [...projects].map(([folder, services]) => ({ folder, services }));
}

/** The lines of the user's own files that still name a release that was taken back, in words; empty: the target is not held. */
export async function heldLines(parts: Parts, target: Target, signal: AbortSignal): Promise<readonly string[]> {
  const context = actionContext(parts, { target: target.id, run: 'hold', step: '', attempt: 0, env: {}, signal });
  try {
    const holds = await Promise.all((await composeProjects(parts, target)).map(({ folder, services }) => readHold(context, folder, services)));
    return holds.flatMap((hold) => hold?.services.flatMap(({ change }) => change ?? []) ?? []);
  } finally {
    await context.close();
  }
}
