import { join } from 'node:path';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { type BrowserInput, browserInput, listOf } from './browser/browser-input.js';
import { findChromium } from './browser/find-chromium.js';
import { withChromium } from './browser/launch.js';
import { look, type Look } from './browser/look.js';
import { sayDuration } from './duration-input.js';
import { paste } from './paste.js';
import { failed, failingInWords } from './step-failure.js';

/** Runbooks ask for it: `if: facts['browser'].available`, and a manual step where it is not. */
const factKey = 'browser';
const noBrowser = 'there is no Chromium on this machine';
const pauseMs = 1_000;
/** Longest wait for one thing on the page; what takes longer is loaded anew. */
const patienceMs = 15_000;
/** Shortest, however little is left of `within`: a page has to be drawn. */
const leastPatienceMs = 5_000;

/** Loads a page in a real browser, signs in, and compares what it shows: an interface can be broken while its health answers 200. */
export const browserCheckAction: Action<BrowserInput> = {
  name: 'browser.check',
  summary: 'Loads a page in Chromium, signs in, and compares what it shows with what is expected and with the database.',
  input: browserInput,
  check: true,
  measuresOnly: true,
  defaultTimeoutMs: 10 * 60_000,
  inspect: async (context, given) => {
    const path = await findChromium(given.chromium);
    const version = path === undefined ? undefined : await context.run({ argv: [path, '--version'], timeoutMs: 20_000 }, { quiet: true });
    const value = { available: version?.ok === true, version: version?.ok === true ? (version.stdout.trim().split('\n').at(-1) ?? '') : null };
    return [{ key: factKey, kind: 'measured', label: 'a browser for looking at pages', value, readAt: new Date(context.now()).toISOString() }];
  },
  describe: (given, { facts }) => {
    const away = isAway(facts);
    return {
      commands: [`${paste(['chromium', given.url])}   # ${outline(given)}`, ...(away ? [`# ${noBrowser}: this step will fail, and without it the run cannot end verified`] : [])],
      effect: 'read',
      destructive: false,
      changes: [],
      estimateMs: 5_000,
      ...(away ? { todo: [`Look at ${given.url} yourself: ${outline(given)}`] } : {}),
    };
  },
  execute: (context, given) => failingInWords(context.mask, () => lookUntilGood(context, given)),
};

function isAway(facts: readonly Fact[]): boolean {
  const value = facts.find(({ key }) => key === factKey)?.value;
  return typeof value === 'object' && value !== null && 'available' in value && value.available === false;
}

function outline({ login, expect, counts, cleanConsole, within }: BrowserInput): string {
  return [
    ...(login === undefined ? [] : [`sign in${login.url === undefined ? '' : ` at ${login.url}`} (${Object.keys(login.fill).join(', ')})`]),
    ...listOf(expect.text).map((text) => `shows "${text}"`), ...listOf(expect.selector).map((selector) => `shows ${selector}`),
    ...counts.map(({ name, selector, pattern, sql }) => `${name} (${[selector, pattern].filter((part) => part !== undefined).join(' ')}) as ${sql}`),
    ...(cleanConsole ? ['no error in its console'] : []), `within ${sayDuration(within)}`,
  ].join('; ');
}

async function lookUntilGood(context: StepContext, given: BrowserInput): Promise<StepResult> {
  const executable = await findChromium(given.chromium);
  if (executable === undefined) return failed('no-browser', `${noBrowser}, so nobody has looked at the page: install chromium, or look yourself and press Skip`);
  const addresses = [given.url, ...(given.login?.url === undefined ? [] : [given.login.url])];
  const malformed = addresses.find((address) => !URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol));
  if (malformed !== undefined) return failed('bad-address', `${context.mask(malformed)} is no address of a page`);
  const hosts = [...new Set([...addresses.map((address) => new URL(address).hostname), ...given.hosts])];
  const picture = join(await context.runFolder(), `browser-${context.attemptId.split('/').slice(1).join('-')}.png`);
  const started = context.now();
  return withChromium(context, executable, hosts, async (browser): Promise<StepResult> => {
    for (let looks = 1; ; looks += 1) {
      const left = given.within - (context.now() - started);
      const seen: Look = browser.isConnected()
        ? await look(context, browser, { given, hosts, picture, patienceMs: Math.max(leastPatienceMs, Math.min(patienceMs, left)) })
        : { good: false, saw: 'the browser has crashed' };
      if (seen.good) return { ok: true, receipt: { url: context.mask(given.url), looks, counts: seen.counts, picture, goodAfterMs: context.now() - started } };
      context.log(seen.saw);
      if (context.now() - started >= given.within || !browser.isConnected()) return failed('page-not-as-expected', seen.saw, { retryable: !browser.isConnected(), tail: `picture: ${picture}` });
      context.progress(seen.saw);
      await context.pause(pauseMs);
    }
  });
}
