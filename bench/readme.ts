import { basename } from 'node:path';
import { table, type Report } from './report.js';

/** bench/README.md, made from the newest results. */
export function readme(report: Report, file: string): string {
  const name = basename(file, '.json');
  const { cpu, cores, memoryGb, kernel, node, postgres, loadAtStart } = report.machine;
  return `# The benchmark

\`npm run bench\` measures planb beside a peer that does the same, in one run on one machine: the sides take turns, five rounds each, the medians are compared. What counts is the ratio; the bare times are those of this machine.
This page is written by the command.

| option | |
|---|---|
| \`--only votes,steps\` | some of the lines |
| \`--quick\` | small sizes, two rounds: shows that it works, its figures mean little |
| \`--out FILE\` | where the results go; default \`bench/results/<date>.json\` |

## Latest figures

${report.at}. ${String(cpu)}, ${String(cores)} cores, ${String(memoryGb)} GB, Linux ${String(kernel)}, Node ${String(node)}, ${String(postgres)}; load at the start ${String(loadAtStart)} (the column *load* is that at the start of each line; above the number of cores the machine was busy with something else).

${table(report)}

![each figure as a share of its budget](results/${name}.svg)

Raw values of every round: [results/${name}.json](results/${name}.json).

## What is measured

- **votes**: from the moment before the last vote is stored to the moment when the first step's action begins, whose \`StepStarted\` is durable by then. 100 other runs wait for votes; p99 is the slowest of the 20 of each round. Beside it one BullMQ job from \`add\` to its processor. No chat platform.
- **steps**: steps that do nothing, with intent and receipt each a transaction of its own. From the beginning of the first step to that of the last, on both sides; the starts of 100 runs or workflows fall into it. DBOS stores an output a step and no intent. Same PostgreSQL, \`fsync\` on.
- **events**: commands on two databases of one server, one of them with 1,000,000 events in 100,000 ended runs, their deliveries and their boards; from before the command is stored to its outcome, for a request to its plan.
- **memory**: resident memory of a \`planb up\` process without a chat platform, on servers that are not its own: settled, and with 200 runs waiting for votes.
`;
}
