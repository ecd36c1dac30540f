import type { ProgramRequest } from '../../src/ports/program.js';

/**
 * The variables of planb's own environment that every child gets. planb's environment holds all its secrets, so a
 * child gets what it is named and nothing by default: these are where programs, home and temporary files are, and the
 * language and time zone of their messages.
 */
export const INHERITED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const;

/** The whole environment of a child, from planb's own one. What the request sets itself wins; the marker always does. */
export function childEnvironment(
  request: Pick<ProgramRequest, 'env' | 'passEnv' | 'marker'>,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of [...INHERITED, ...(request.passEnv ?? [])]) {
    const value = own[name];
    if (value !== undefined) environment[name] = value;
  }
  Object.assign(environment, request.env);
  if (request.marker !== undefined) {
    environment['PLANB_RUN'] = request.marker.run;
    environment['PLANB_STEP'] = request.marker.step;
    environment['PLANB_ATTEMPT'] = request.marker.attempt;
  }
  return environment;
}
