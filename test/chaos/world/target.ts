import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Each effect writes itself into the ledger: what is there has happened, whatever anybody recorded. `hold-before-STEP` and `hold-after-STEP` keep the program from going on, before or after its effect.
 */
const programs = {
  'act.sh': `ledger=$1/ledger
hold() { [ -e "$1" ] || return 0; : > "$1.here"; while [ -e "$1" ]; do sleep 0.02; done; }
hold "$1/hold-before-$PLANB_STEP"
echo "$PLANB_ATTEMPT" >> "$ledger"
hold "$1/hold-after-$PLANB_STEP"
`,
  'probe.sh': `grep -q "^$PLANB_RUN/$PLANB_STEP/" "$1/ledger"
`,
};

/** Steps whose program writes into the ledger; `prepare` runs before the votes. */
export const ledgerSteps = ['prepare', 'read', 'idempotent', 'once', 'blind'] as const;
/** What must never happen twice. */
export const onceSteps: readonly string[] = ['once', 'blind'];

/** A runbook of every effect: `once` can be probed, `blind` cannot, and a person ticks a line. */
function runbook(folder: string): string {
  const act = (program: string): string => `[sh, ${JSON.stringify(join(folder, program))}, "\${{ target.folder }}"]`;
  return `name: Every effect
kind: rollback
steps:
  - { id: prepare, run: ${act('act.sh')}, effect: idempotent, prepare: true, probe: ${act('probe.sh')} }
  - { id: read, run: ${act('act.sh')}, effect: read }
  - { id: idempotent, run: ${act('act.sh')}, effect: idempotent, probe: ${act('probe.sh')} }
  - { id: once, run: ${act('act.sh')}, effect: once, probe: ${act('probe.sh')} }
  - { id: blind, run: ${act('act.sh')}, effect: once }
  - { id: ask, uses: manual, with: { instructions: Look at it } }
  - { id: look, uses: logs.scan, with: { source: { file: "\${{ target.folder }}/ledger" } } }
`;
}

export const ALICE = 'U01ALICE';
export const BOB = 'U02BOB';

/** Writes planb.yaml with so many targets, each with a folder and a channel of its own, and returns them. */
export async function writeTargets(folder: string, count: number): Promise<readonly Target[]> {
  const targets = Array.from({ length: count }, (_unused, nth) => new Target(`t${String(nth + 1)}`, `C${String(nth + 1).padStart(7, '0')}`, join(folder, `t${String(nth + 1)}`)));
  for (const target of targets) {
    await mkdir(target.folder);
    await writeFile(join(target.folder, 'ledger'), '');
  }
  for (const [name, text] of Object.entries(programs)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'runbook.yaml'), runbook(folder));
  const channels = targets.map(({ channel }) => `  c${channel.slice(1)}: { slack: ${channel} }\n`);
  const listed = targets.map(({ id, channel, folder: own }) => `  ${id}: { title: ${id}, runbook: ./runbook.yaml, channel: c${channel.slice(1)}, requesters: [oncall], with: { folder: ${JSON.stringify(own)} } }\n`);
  await writeFile(join(folder, 'planb.yaml'), `people: { alice: { slack: ${ALICE} }, bob: { slack: ${BOB} } }\ngroups: { oncall: [alice, bob] }\nchannels:\n${channels.join('')}targets:\n${listed.join('')}`);
  return targets;
}

/** One target: a ledger of what happened to it. */
export class Target {
  readonly id: string;
  readonly channel: string;
  readonly folder: string;

  constructor(id: string, channel: string, folder: string) {
    this.id = id;
    this.channel = channel;
    this.folder = folder;
  }

  /** The attempts, `run/step/number`, whose effect happened, in order. */
  async ledger(run: string): Promise<readonly string[]> {
    return (await readFile(join(this.folder, 'ledger'), 'utf8')).split('\n').filter((line) => line.startsWith(`${run}/`));
  }

  /** Keeps the step's program from going on, before or after its effect, until {@link open}. */
  async hold(side: 'before' | 'after', step: string): Promise<void> {
    await writeFile(this.#gate(side, step), '');
  }

  /** Whether the program waits there. */
  isHeld(side: 'before' | 'after', step: string): boolean {
    return existsSync(`${this.#gate(side, step)}.here`);
  }

  async open(side: 'before' | 'after', step: string): Promise<void> {
    for (const file of [this.#gate(side, step), `${this.#gate(side, step)}.here`]) await rm(file, { force: true });
  }

  #gate(side: 'before' | 'after', step: string): string {
    return join(this.folder, `hold-${side}-${step}`);
  }
}
