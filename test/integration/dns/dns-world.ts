import { createDns } from '../../../adapters/dns/create-dns.js';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import type { DnsProviderConfig } from '../../../src/config.js';
import type { Fact } from '../../../src/plan/plan.js';
import type { Action, StepContext } from '../../../src/ports/action.js';
import type { Dns } from '../../../src/ports/dns.js';
import type { ProgramRequest } from '../../../src/ports/program.js';
import { createMasker } from '../../../src/secret/mask.js';
import { keys, type NameServer } from '../../support/dns-server.js';
import { stepContext } from '../actions/step-context.js';

/** A provider `main` whose primary is the test's BIND. Nothing but the loopback is asked. */
export function rfc2136(server: Pick<NameServer, 'port' | 'address'>, given: { readonly key?: string; readonly resolvers?: readonly string[] } = {}): DnsProviderConfig {
  return {
    provider: 'rfc2136', zone: 'example.org', server: '127.0.0.1', port: server.port, key: { name: given.key ?? 'planb', algorithm: 'hmac-sha256', secret: '${env:DNS_KEY}' },
    servers: [server.address], resolvers: given.resolvers ?? [server.address],
  };
}

export interface DnsWorld {
  readonly dns: Dns;
  /** Programs that were run. */
  readonly ran: ProgramRequest[];
}

export function dnsWorld(providers: Readonly<Record<string, DnsProviderConfig>>, env: Readonly<Record<string, string>> = { DNS_KEY: keys.planb }, signal = new AbortController().signal): DnsWorld {
  const ran: ProgramRequest[] = [];
  const runProgram = createRunProgram(createMasker([]));
  const dns = createDns({ providers: () => providers, references: { env: (name) => env[name], file: () => undefined } }, {
    signal,
    runProgram: (request) => {
      ran.push(request);
      return runProgram(request);
    },
  });
  return { dns, ran };
}

/** Plans one step and gives what it would be executed with. */
export async function plannedStep<Input>(action: Action<Input>, raw: object, dns: Dns, given: Partial<StepContext> = {}) {
  const input = action.input.parse(raw);
  const record = await stepContext({ dns, ...given });
  const facts: readonly Fact[] = (await action.inspect?.(record.context, input)) ?? [];
  const described = (): ReturnType<typeof action.describe> => action.describe(input, { facts });
  return { ...record, input, facts, described, context: { ...record.context, facts } };
}
