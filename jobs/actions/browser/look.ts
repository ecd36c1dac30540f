import type { Browser, Page } from 'playwright-core';
import { RE2JS } from 're2js';
import type { StepContext } from '../../../src/ports/action.js';
import { TargetDatabaseError } from '../../../src/ports/target-database.js';
import { short } from '../http-probe.js';
import { readOnlyQuery } from '../postgres/read-only-query.js';
import { type BrowserInput, listOf, type PageCount } from './browser-input.js';

/** What is wrong with the page, in one line, not masked yet. */
class PageTrouble extends Error {
  override readonly name = 'PageTrouble';
}

export type Look = { readonly good: true; readonly counts: Readonly<Record<string, number>> } | { readonly good: false; readonly saw: string };

export interface LookOptions {
  readonly given: BrowserInput;
  readonly hosts: readonly string[];
  /** Milliseconds for each thing that is waited for. */
  readonly patienceMs: number;
  /** Where the picture goes; of a page that is not as expected too. */
  readonly picture: string;
}

/** Loads the page as somebody who was never there before, and judges it. Rejects only when the context's signal aborts. */
export async function look(context: StepContext, browser: Browser, options: LookOptions): Promise<Look> {
  const { given, hosts, patienceMs } = options;
  try {
    const visitor = await browser.newContext({ serviceWorkers: 'block', acceptDownloads: false, viewport: { width: 1280, height: 900 } });
    try {
      const page = await visitor.newPage();
      page.setDefaultTimeout(patienceMs);
      const blocked = new Set<string>();
      await visitor.route((url) => !['data:', 'blob:', 'about:'].includes(url.protocol) && !hosts.includes(url.hostname), async (route) => {
        blocked.add(new URL(route.request().url()).hostname);
        await route.abort('blockedbyclient');
      });
      const complaints = listen(page, blocked);
      try {
        const counts = await judge(context, page, given);
        if (given.cleanConsole && complaints[0] !== undefined) throw new PageTrouble(`its console says: ${short(context.mask(complaints[0]))}`);
        return { good: true, counts };
      } catch (error) {
        if (error instanceof PageTrouble && blocked.size > 0) throw new PageTrouble(`${error.message} (not loaded, since hosts: does not name them: ${[...blocked].slice(0, 3).join(', ')})`);
        throw error;
      } finally {
        await takePicture(page, options).catch(() => context.log('no picture could be taken'));
      }
    } finally {
      await visitor.close().catch(() => undefined);
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof PageTrouble) return { good: false, saw: context.mask(error.message) };
    // A browser that crashed or was lost says so in its own words.
    if (error instanceof Error) return { good: false, saw: context.mask(reason(error)) };
    throw error;
  }
}

/** What its scripts complain of; that something was blocked is planb's own doing. */
function listen(page: Page, blocked: ReadonlySet<string>): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const { url } = message.location();
    if (message.type() === 'error' && !(URL.canParse(url) && blocked.has(new URL(url).hostname))) complaints.push(message.text());
  });
  return complaints;
}

async function judge(context: StepContext, page: Page, given: BrowserInput): Promise<Readonly<Record<string, number>>> {
  const { login } = given;
  await visit(page, login?.url ?? given.url);
  if (login !== undefined) {
    const fields = Object.entries(login.fill);
    for (const [field, value] of fields) await attempt(`there is no field ${field} to sign in`, () => page.locator(field).first().fill(value));
    await attempt(`there is no ${login.submit} to sign in`, () => page.locator(login.submit).first().click());
    const until = login.until;
    if (until !== undefined) await attempt(`signing in did not lead to ${until}`, () => page.locator(until).first().waitFor());
    else await attempt('signing in did not work: the form is still there', () => page.locator(fields[0]?.[0] ?? '').first().waitFor({ state: 'hidden' }));
    if (login.url !== undefined) await visit(page, given.url);
  }
  for (const text of listOf(given.expect.text)) await attempt(`the page does not show "${text}"`, () => page.getByText(text).filter({ visible: true }).first().waitFor());
  for (const selector of listOf(given.expect.selector)) await attempt(`the page does not show ${selector}`, () => page.locator(selector).filter({ visible: true }).first().waitFor());
  const counts: Record<string, number> = {};
  for (const count of given.counts) {
    const shown = await readNumber(page, count);
    const stored = await countRows(context, count);
    if (shown !== stored) throw new PageTrouble(`${count.name}: the page shows ${shown}, the database has ${stored}`);
    counts[count.name] = shown;
  }
  return counts;
}

async function visit(page: Page, url: string): Promise<void> {
  const response = await attempt('the page is not loaded in time', () => page.goto(url, { waitUntil: 'load' }));
  if (response !== null && response.status() >= 400) throw new PageTrouble(`the page answered ${response.status()}`);
}

async function readNumber(page: Page, { name, selector, pattern }: PageCount): Promise<number> {
  const elements = page.locator(selector ?? 'body');
  await attempt(`${name}: the page has no ${selector ?? 'body'}`, () => elements.first().waitFor({ state: pattern === undefined ? 'attached' : 'visible' }));
  if (pattern === undefined) return attempt(undefined, () => elements.count());
  const texts = await attempt(undefined, () => elements.allInnerTexts());
  const matcher = RE2JS.compile(pattern).matcher(texts.join('\n'));
  const digits = matcher.find() ? (matcher.group(1) ?? '').replaceAll(/\D/g, '') : '';
  if (digits === '') throw new PageTrouble(`${name}: nothing on the page is like ${pattern}`);
  return Number(digits);
}

async function countRows(context: StepContext, { name, database, sql, params }: PageCount): Promise<number> {
  try {
    const [row] = await readOnlyQuery(context, database, sql, params, { rows: 1, ms: 10_000 });
    const value = row === undefined ? undefined : Object.values(row)[0];
    const number = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : Number.NaN;
    if (Number.isNaN(number)) throw new PageTrouble(`${name}: the database answers no number`);
    return number;
  } catch (error) {
    if (error instanceof TargetDatabaseError) throw new PageTrouble(`${name}: ${error.message}`);
    throw error;
  }
}

/** Turns what the driver says into a sentence: `problem` where time ran out, else its own first line. */
async function attempt<T>(problem: string | undefined, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError' && problem !== undefined) throw new PageTrouble(problem, { cause: error });
    throw new PageTrouble(error instanceof Error ? reason(error) : String(error), { cause: error });
  }
}

/** `page.goto: net::ERR_CONNECTION_REFUSED at http://…` and then a log. */
function reason({ message }: Error): string {
  return short((message.split('\n')[0] ?? '').replace(/^\w+\.\w+: /, ''));
}

async function takePicture(page: Page, { given, picture }: LookOptions): Promise<void> {
  await page.screenshot({ path: picture, timeout: 10_000, mask: ['input[type=password]', ...given.hide].map((selector) => page.locator(selector)) });
}
