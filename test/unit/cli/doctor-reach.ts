import type { Examined } from '../../../adapters/cli/doctor/finding.js';
import type { DoctorReach } from '../../../adapters/cli/services.js';
import type { Config } from '../../../src/config.js';
import { parseConfig } from '../../../src/config/parse-config.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { fakeStore } from './fake-store.js';

export function ended(given: Partial<ProgramOutcome>): ProgramOutcome {
  return {
    ok: true, exitCode: 0, signal: null, timedOut: false, aborted: false, notFound: false, summary: '', durationMs: 1, output: given.stdout ?? '', stdout: '', droppedBytes: 0,
    pid: 1, startTicks: '1', ...given,
  };
}

export const notFound = ended({ ok: false, exitCode: null, notFound: true, summary: 'was not found' });

/** Programs by their command line; the others do not exist. */
export function programs(outcomes: Readonly<Record<string, ProgramOutcome>>): DoctorReach['runProgram'] {
  return async ({ argv }) => outcomes[argv.join(' ')] ?? outcomes[argv[0]] ?? notFound;
}

/** A database that answers every question with the same row. */
export function database(row: JsonObject): DoctorReach['connectDatabase'] {
  return async () => ({ query: async () => [row], transaction: async () => { throw new Error('no transaction here'); }, close: async () => undefined });
}

/** Web answers by the last part of the address. */
export function web(answers: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}): typeof globalThis.fetch {
  return async (url) => {
    const method = (typeof url === 'string' ? url : url instanceof URL ? url.href : url.url).split('/').at(-1) ?? '';
    const answer = answers[method];
    return new Response(JSON.stringify(answer ?? { ok: false, error: 'unknown_method', description: 'Not Found' }), { status: answer === undefined ? 404 : 200, headers });
  };
}

export function examined(given: { readonly env?: Examined['env']; readonly reach?: Partial<DoctorReach>; readonly config?: Config; readonly needs?: Partial<Examined['needs']>; readonly store?: ReturnType<typeof fakeStore> }): Examined {
  const away = (): never => { throw new Error('was not to be reached'); };
  const store = given.store ?? fakeStore();
  return {
    env: given.env ?? {}, needs: { docker: false, postgresClients: false, helm: false, kubectl: false, browsers: [], ssh: false, hosts: [], ...given.needs }, ...store.services,
    reach: { hosts: away, dns: away, runProgram: away, fetch: away, connectDatabase: away, redisInfo: away, references: { env: () => undefined, file: () => undefined }, findPostgres: away, findRedis: away, findChromium: away, ...given.reach },
    ...(given.config === undefined ? {} : { config: given.config }),
  };
}

export function configOf(text: string): Config {
  const parsed = parseConfig(text, 'planb.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}
