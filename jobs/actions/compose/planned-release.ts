import { z } from 'zod';
import type { Fact } from '../../../src/plan/plan.js';

/** What `compose.release` will do, as a fact of the plan: its description is made of it, and checks before it look at it. */
export const plannedReleaseSchema = z.object({
  argv: z.tuple([z.string()], z.string()),
  services: z.array(z.string()).readonly(),
  image: z.string(),
  /** Secrets masked. */
  environment: z.record(z.string(), z.string()),
  /** The `version:` of the project's files. */
  version: z.string().nullable(),
  /** Everything that the override will hold, variables by name only. */
  held: z.record(z.string(), z.object({ image: z.string(), release: z.string(), run: z.string(), variables: z.array(z.string()) })),
  todo: z.array(z.string()),
});
export type PlannedRelease = z.output<typeof plannedReleaseSchema>;

export interface ReleaseStep {
  readonly project: string;
  readonly services: readonly string[];
  readonly image: string;
}

export function plannedReleaseKey({ project, services, image }: ReleaseStep): string {
  return `compose-command:${project}:${services.join(',')}:${image}`;
}

/** The steps of a plan that put a release of this service back. */
export function plannedReleases(facts: readonly Fact[], project: string, service: string): readonly PlannedRelease[] {
  return facts.filter(({ key }) => key.startsWith(`compose-command:${project}:`)).flatMap(({ value }) => plannedReleaseSchema.safeParse(value).data ?? []).filter(({ services }) => services.includes(service));
}
