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
| \`--only votes,steps\` | some of the lines; their figures take the place of the day's earlier ones |
| \`--quick\` | small sizes, two rounds: shows that it works, its figures mean little |
| \`--out FILE\` | where the results go; default \`bench/results/<date>.json\` |

## Latest figures

${report.at}. ${String(cpu)}, ${String(cores)} cores, ${String(memoryGb)} GB, Linux ${String(kernel)}, Node ${String(node)}, ${String(postgres)}; load at the start ${String(loadAtStart)} (the column *load* is that at the start of each line; above the number of cores the machine was busy with something else).

${table(report)}

![each figure as a share of its budget](results/${name}.svg)

Raw values of every round: [results/${name}.json](results/${name}.json).

## What is measured

- **votes**: from the moment before the last vote is stored to the moment when the first step's action begins, whose \`StepStarted\` is durable by then. 100 other runs wait for votes; p99 is the slowest of the 20 of each round. Beside it one BullMQ job from \`add\` to its processor. No chat platform.
- **steps**: steps that do nothing, with the intent durable before a step acts and its receipt after; a receipt shares its append with the next intent, and appends of many runs may share a transaction. From the beginning of the first step to that of the last, on both sides; the starts of 100 runs of 20 steps, or of as many workflows, fall into it. At least 2,500 steps of each side go before and do not count: Node compiles what runs often, on threads that take a processor from PostgreSQL meanwhile, and either side takes up to twice as long until then. DBOS stores an output a step and no intent. Same PostgreSQL, \`fsync\` on.
- **events**: commands on two databases of one server, one of them with 1,000,000 events in 100,000 ended runs, their deliveries and their boards; from before the command is stored to its outcome, for a request to its plan.
- **emergency**: a web service in processes, which stops at once when it is asked to, its database, two releases. planb: from the last vote to the end of the run, verified; the backup was taken and proven while votes were awaited. \`bench/scripts/guide.sh\`
  does what the guides' emergency script does (start, \`sleep 10\`, ask each part once); \`bench/scripts/ideal.sh\` runs the same commands, fact reads and checks as planb's runbook (healthy, then good for three seconds) and waits for nothing else.
- **backup**: the step \`postgres.backup\` as a run carries it out, rows counted and checksums written, beside \`pg_dump -F c\`; four tables with two indexes each, one of them half of it all.
- **restore**: the step \`postgres.restore\` into a new database, checksums and every row compared, statistics collected, databases swapped, beside \`pg_restore\` with one job, which does none of that.
- **ack**: signed slash commands to the HTTP endpoint of a \`planb up\` process, fifty a second whether or not those before were answered; each is stored before it is acknowledged, and carried out meanwhile.
- **memory**: resident memory of a \`planb up\` process without a chat platform, on servers that are not its own: settled, and with 200 runs waiting for votes.
`;
}
