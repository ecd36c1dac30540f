/**
 * `npm run fuzz -- [cases] [seed]`: the tests of test/fuzz with 100,000 generated inputs a path instead of a thousand, and their figures in test/fuzz/results/<date>.json. What fails names its seed and path; the
 * same seed makes the same inputs. 100,000 take hours on two cores; with PLANB_FUZZ_MINUTES the HTTP paths share that time and the figures say how far they came; PLANB_FUZZ_PATHS names some of them. Files of test/fuzz may be named behind the
 * seed: figures of the same day, cases and seed are put together.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './setup/run-program.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const [cases = '100000', seed = String(Date.now() % 2 ** 31), ...only] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'planb-fuzz-'));
const lines = join(folder, 'results');
writeFileSync(lines, '');
const begun = Date.now();
process.stderr.write(`planb: ${cases} cases a path, seed ${seed}\n`);
try {
  const env = { ...process.env, PLANB_FUZZ_CASES: cases, PLANB_FUZZ_SEED: seed, PLANB_FUZZ_RESULTS: lines };
  const files = only.length > 0 ? only : ['test/fuzz/'];
  const code = await runProgram(process.execPath, [join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'integration', '--testTimeout', String(6 * 3_600_000), ...files], { cwd: ROOT, env });
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), memoryGb: Math.round(totalmem() / 2 ** 30), node: process.version };
  const paths = readFileSync(lines, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  const date = new Date().toISOString().slice(0, 10);
  const stored = join(ROOT, 'test', 'fuzz', 'results', `${date}.json`);
  const earlier = existsSync(stored) ? JSON.parse(readFileSync(stored, 'utf8')) : undefined;
  const joins = only.length > 0 && earlier?.cases === Number(cases) && earlier?.seed === Number(seed) ? earlier : { failed: [], seconds: 0, paths: [] };
  // A file that failed and passes now has passed; what it had not reported then it reports now.
  const failed = [...new Set([...(joins.failed ?? []).filter((file) => !files.includes(file)), ...(code === 0 ? [] : files)])];
  const again = new Set(paths.map(({ path }) => path));
  const figures = {
    date, cases: Number(cases), seed: Number(seed), passed: failed.length === 0, failed, seconds: joins.seconds + Math.round((Date.now() - begun) / 1_000), machine,
    paths: [...joins.paths.filter(({ path }) => !again.has(path)), ...paths],
  };
  mkdirSync(join(ROOT, 'test', 'fuzz', 'results'), { recursive: true });
  writeFileSync(stored, `${JSON.stringify(figures, null, 2)}\n`);
  process.exitCode = code;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
