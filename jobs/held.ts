import type { Target } from '../src/config.js';
import type { ActionContext } from '../src/ports/action.js';
import type { Parts } from './parts.js';
import { actionContext } from './step-context.js';
import { readHold } from './actions/compose-hold.js';
import { inspectableSteps } from './planning/inspectable-steps.js';

/** A Compose project that the target's rollback touches, and the services there that are its own. */
export interface HeldProject {
  readonly folder: string;
  readonly services: readonly string[];
  /** `ssh://user@host`; absent: this machine. */
  readonly on?: string;
}

export async function composeProjects(parts: Parts, target: Target): Promise<readonly HeldProject[]> {
  const projects = new Map<string, HeldProject>();
  for (const { uses, with: input, on } of await inspectableSteps(parts, target)) {
    const { project, services } = input;
    if (uses !== 'compose.release' || typeof project !== 'string' || !Array.isArray(services)) continue;
    const named: readonly unknown[] = services;
    const key = `${on ?? ''} ${project}`;
    projects.set(key, { folder: project, services: [...new Set([...(projects.get(key)?.services ?? []), ...named.filter((service) => typeof service === 'string')])], ...(on === undefined ? {} : { on }) });
  }
  return [...projects.values()];
}

/** Looks at a project, or changes its hold, on the machine where it is. */
export async function withProject<T>(parts: Parts, target: Target, { on }: HeldProject, signal: AbortSignal, work: (context: ActionContext) => Promise<T>): Promise<T> {
  const context = actionContext(parts, { target: target.id, run: 'hold', step: '', attempt: 0, env: {}, on, signal });
  try {
    return await work(context);
  } finally {
    await context.close();
  }
}

/** The lines of the user's own files that still name a release that was taken back, in words; empty: the target is not held. */
export async function heldLines(parts: Parts, target: Target, signal: AbortSignal): Promise<readonly string[]> {
  const projects = await composeProjects(parts, target);
  const holds = await Promise.all(projects.map((project) => withProject(parts, target, project, signal, (context) => readHold(context, project.folder, project.services))));
  return holds.flatMap((hold) => hold?.services.flatMap(({ change }) => change ?? []) ?? []);
}
