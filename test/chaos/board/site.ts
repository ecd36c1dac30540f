import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What the runs act on. */
export interface Size {
  readonly runs: number;
  readonly steps: number;
  readonly channels: number;
  /** How long an ordinary step takes, milliseconds. */
  readonly stepMs: number;
  /** How many times faster than in life the platforms' time passes, for planb and for the platforms. */
  readonly pace: number;
  /** How often the bot is killed while it posts. */
  readonly kills: number;
  /** How long Slack is away once every run has its votes. */
  readonly outageMs: number;
}

export interface LoadTarget {
  readonly id: string;
  readonly slack: string;
  readonly telegram: number;
  /** One of its steps fails until a person has been asked. */
  readonly asks: boolean;
}

export const ALICE = { slack: 'U01ALICE', telegram: 1001 } as const;
export const BOB = { slack: 'U02BOB', telegram: 1002 } as const;

/** Every fourth run asks a question. */
export function targetsOf({ runs, channels }: Size): readonly LoadTarget[] {
  return Array.from({ length: runs }, (_unused, nth) => {
    const channel = nth % channels;
    return { id: `t${String(nth + 1)}`, slack: `C${String(channel + 1).padStart(7, '0')}`, telegram: -1_000_000 - channel, asks: nth % 4 === 3 };
  });
}

/** Steps that wait, one that changes something (so that there is a report), one that a person may be asked about, and a last one that verifies. */
function runbookText({ steps, stepMs }: Size): string {
  const [asking, last] = [Math.floor(steps / 2), steps - 1];
  const lines = Array.from({ length: steps }, (_unused, nth) => {
    const id = `s${String(nth + 1)}`;
    if (nth === last) return `  - { id: ${id}, name: Look whether it is well, uses: http.check, with: { url: "\${{ target.url }}/end", within: 60s } }\n`;
    if (nth === asking) return `  - { id: ${id}, name: Look whether the way is free, uses: http.check, with: { url: "\${{ target.url }}/half", within: 1s } }\n`;
    if (nth === 1) return `  - { id: ${id}, name: Put the release back, run: ['true'], effect: idempotent }\n`;
    return `  - { id: ${id}, name: Wait for part ${String(nth + 1)}, uses: wait, with: { for: ${String(stepMs / 1_000)}s } }\n`;
  });
  return `name: A long way back\nkind: rollback\nsteps:\n${lines.join('')}`;
}

/** Writes planb.yaml and its runbook. */
export async function writeConfig(folder: string, size: Size, url: string): Promise<readonly LoadTarget[]> {
  const targets = targetsOf(size);
  const places = new Map(targets.map(({ slack, telegram }) => [slack, telegram]));
  const channels = [...places].map(([slack, telegram]) => `  ${slack.toLowerCase()}: { slack: ${slack}, telegram: { chat: ${String(telegram)} } }\n`);
  const listed = targets.map(({ id, slack }) => `  ${id}: { title: ${id}, runbook: ./runbook.yaml, channel: ${slack.toLowerCase()}, requesters: [oncall], approval: { people: 2, from: [oncall], expires: 2h }, with: { url: "${url}/${id}" } }\n`);
  await writeFile(join(folder, 'runbook.yaml'), runbookText(size));
  await writeFile(join(folder, 'planb.yaml'), `people:
  alice: { slack: ${ALICE.slack}, telegram: ${String(ALICE.telegram)} }
  bob: { slack: ${BOB.slack}, telegram: ${String(BOB.telegram)} }
groups: { oncall: [alice, bob] }
channels:
${channels.join('')}targets:
${listed.join('')}`);
  return targets;
}

/** The services of all targets: well, but for the half way of those that a person must clear. */
export interface LoadSite {
  readonly url: string;
  clear(target: string): void;
  close(): Promise<void>;
}

export async function startSite(isBlocked: (target: string) => boolean): Promise<LoadSite> {
  const cleared = new Set<string>();
  const server = createServer((request, response) => {
    const [, target = '', place] = (request.url ?? '').split('/');
    response.writeHead(place === 'half' && isBlocked(target) && !cleared.has(target) ? 503 : 200).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    clear: (target) => { cleared.add(target); },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
