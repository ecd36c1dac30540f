import { ok, weak, type Check, type Examined, type Finding } from './finding.js';

const about = 'Chromium';

/** The browser of `browser.check`. Where it is missing the built-in runbooks ask a person to look at the page. */
export const chromium: Check = {
  about,
  run: async ({ needs, reach }, signal) => (await Promise.all(needs.browsers.map((named) => look(named, reach, signal)))).flat(),
};

async function look(named: string | null, reach: Examined['reach'], signal: AbortSignal): Promise<readonly Finding[]> {
  const path = await reach.findChromium(named ?? undefined);
  const missing = (what: string): readonly Finding[] => [weak(about, `${what}: nobody looks at pages but people`, 'install chromium (Debian: chromium) where the workers run')];
  if (path === undefined) return missing(named === null ? 'there is none here' : `${named} is not there`);
  const { ok: answers, stdout } = await reach.runProgram({ argv: [path, '--version'], timeoutMs: 8_000, signal });
  return answers ? [ok(about, `${stdout.trim().split('\n').at(-1) ?? ''} (${path})`)] : missing(`${path} does not start`);
}
