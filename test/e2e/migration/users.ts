import { Resolver } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** People who use the service by its public name, all the while: what was answered to them must not get lost. */
export interface Users {
  /** Ids of requests that were answered with 200, by the server that answered. */
  readonly answered: ReadonlyMap<string, 'old' | 'new'>;
  /** No request is under way when it returns. */
  stop(): Promise<void>;
}

const pauseMs = 200;

export function startUsers({ name, port, key, resolver: address }: { readonly name: string; readonly port: number; readonly key: string; readonly resolver: string }): Users {
  const answered = new Map<string, 'old' | 'new'>();
  const stop = new AbortController();
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers([address]);
  const ask = async (id: string): Promise<void> => {
    try {
      const [ip = ''] = await resolver.resolve4(name);
      const response = await fetch(`http://${ip}:${port}/v1/chat/completions?id=${id}`, { headers: { authorization: `Bearer ${key}` } });
      const body = (await response.json()) as { readonly server: 'old' | 'new' };
      if (response.ok) answered.set(id, body.server);
    } catch {
      // The service is away between its stop and the switch: nobody was promised anything.
    }
  };
  const loop = async (): Promise<void> => {
    for (let count = 1; !stop.signal.aborted; count += 1) {
      await ask(`${name.split('.')[0] ?? ''}-${count}`);
      await delay(pauseMs);
    }
  };
  const ended = loop();
  return { answered, stop: async () => { stop.abort(); await ended; } };
}
