import { inheritedVariables, type ProgramRequest } from '../../src/ports/program.js';

/** The whole environment of a child, from planb's own one. What the request sets itself wins; the marker always does. */
export function childEnvironment(
  request: Pick<ProgramRequest, 'env' | 'passEnv' | 'marker'>,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of [...inheritedVariables, ...(request.passEnv ?? [])]) {
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
