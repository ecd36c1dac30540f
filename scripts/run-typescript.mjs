/** Runs a TypeScript file of this project, `run-typescript.mjs FILE [arguments]`: Node 20 does not read types. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [entry] = process.argv.splice(2, 1);
if (entry === undefined) throw new Error('run-typescript.mjs FILE [arguments]');
mkdirSync('.tmp', { recursive: true });
// Inside the project, since packages are resolved from where the script lies.
const folder = mkdtempSync(resolve('.tmp/script-'));
process.on('exit', () => { rmSync(folder, { recursive: true, force: true }); });
const script = join(folder, basename(entry).replace(/\.ts$/, '.mjs'));
await build({ entryPoints: [entry], outfile: script, bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' });
process.argv[1] = script;
await import(pathToFileURL(script).href);
