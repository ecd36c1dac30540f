import { ownIdentity } from '../../../adapters/process/process-identity.js';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import { createMasker } from '../../../src/secret/mask.js';

// Prints its identity, runs a program that leaves a grandchild, prints both pids, and waits to be killed.
console.log(JSON.stringify(await ownIdentity()));
await createRunProgram(createMasker([]))({
  argv: ['sh', '-c', 'sleep 300 & echo "$$ $!"; wait'],
  marker: { run: 'run', step: 'step', attempt: process.argv[2] ?? '' },
  onLine: ({ text }) => console.log(text),
});
