/**
 * Loaded before Prisma's own command line, so that it runs without any download: the engine is then the WebAssembly one that the npm package carries. Arguments and DATABASE_URL
 * are those of `prisma`.
 * What stands here makes that engine do what the native one does; nothing of Prisma's decisions is replaced.
 */
import { fileURLToPath } from 'node:url';

// Any existing file: its mere presence skips the download (facts.md). `--rolled-back` starts the schema engine once and looks at its exit code only.
process.env.PRISMA_QUERY_ENGINE_LIBRARY ??= '/bin/true';
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= '/bin/true';
process.env.PRISMA_HIDE_UPDATE_MESSAGE = '1';
process.env.CHECKPOINT_DISABLE = '1';

// Prisma leaves a timer of 10 s or 60 s behind, for which the process would wait.
const wait = globalThis.setTimeout;
globalThis.setTimeout = (work, ms, ...rest) => {
  const timer = wait(work, ms, ...rest);
  if (ms >= 5_000) timer.unref();
  return timer;
};

// With this engine `migrate diff` refuses to look at a live database, and `db push` does not: the very statements that it would execute are the difference.
const from = process.argv.indexOf('--from-schema-datasource');
if (process.argv[2] === 'migrate' && process.argv[3] === 'diff' && from > 0) {
  const schema = process.argv[process.argv.indexOf('--to-schema-datamodel') + 1];
  process.argv.splice(2, process.argv.length, 'db', 'push', '--skip-generate', '--accept-data-loss', '--schema', schema);
  const write = process.stdout.write.bind(process.stdout);
  globalThis.printDifference = (statement) => write(`${statement};\n`);
  process.stdout.write = () => true;
}

process.argv.push('--config', fileURLToPath(new URL('offline.config.mjs', import.meta.url)));
