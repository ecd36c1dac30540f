/**
 * Runs a TypeScript file of this project, `run-typescript.mjs [--on-dist] FILE [arguments]`: Node 20 does not read types. With `--on-dist` what it imports of planb is the compiled
 * program in dist/, as users run it, with its files beside it.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const onDist = process.argv[2] === '--on-dist';
const [entry] = process.argv.splice(2, onDist ? 2 : 1).slice(-1);
if (entry === undefined) throw new Error('run-typescript.mjs [--on-dist] FILE [arguments]');

const fromDist = {
  name: 'from-dist',
  setup: (builder) => {
    builder.onResolve({ filter: /^(\.\.\/)+(src|adapters|jobs|demo)\// }, ({ path }) => ({ path: pathToFileURL(resolve('dist', path.replace(/^(\.\.\/)+/, ''))).href, external: true }));
  },
};

mkdirSync('.tmp', { recursive: true });
// Inside the project, since packages are resolved from where the script lies.
const folder = mkdtempSync(resolve('.tmp/script-'));
process.on('exit', () => { rmSync(folder, { recursive: true, force: true }); });
const script = join(folder, basename(entry).replace(/\.ts$/, '.mjs'));
await build({
  entryPoints: [entry], outfile: script, bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning', plugins: onDist ? [fromDist] : [],
});
process.argv[1] = script;
await import(pathToFileURL(script).href);
