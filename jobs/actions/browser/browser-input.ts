import { RE2JS, RE2JSException } from 're2js';
import { z } from 'zod';
import { durationInput } from '../duration-input.js';

/** RE2 with one group, which holds a number: `of (\d+) keys`. */
const numberPattern = z.string().refine((pattern) => {
  try {
    return RE2JS.compile(pattern).groupCount() === 1;
  } catch (error) {
    if (error instanceof RE2JSException) return false;
    throw error;
  }
}, String.raw`write a pattern with one group around the number, as in of (\d+) keys`);

const selector = z.string().min(1);
const several = z.union([selector, z.array(selector).min(1)]);
const address = z.string().min(1);

export const browserInput = z.strictObject({
  url: address,
  login: z
    .strictObject({
      /** The page with the form, where it is not the page itself. */
      url: address.optional(),
      /** By CSS selector, what goes into which field; secrets as references. */
      fill: z.record(selector, z.string()).refine((fields) => Object.keys(fields).length > 0, 'say what goes into which field'),
      submit: selector,
      /** What appears when it worked; without it: the first field is gone. */
      until: selector.optional(),
    })
    .optional(),
  expect: z
    .strictObject({
      /** Texts that a person can see on the page. */
      text: several.optional(),
      /** CSS selectors of what must be visible. */
      selector: several.optional(),
    })
    .default({}),
  /** Numbers on the page that must be what the database says. */
  counts: z
    .array(z.strictObject({
      name: z.string().min(1),
      /** Without a pattern the number of elements that match; with one, where its text is looked for. */
      selector: selector.optional(),
      pattern: numberPattern.optional(),
      database: z.string().min(1),
      /** One SELECT; the first column of its first row counts. */
      sql: z.string().min(1),
      params: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).default([]),
    }).refine((count) => count.selector !== undefined || count.pattern !== undefined, 'say where the number is: selector, pattern, or both'))
    .default([]),
  /** No error in the page's own console, and no exception that its scripts do not catch. */
  cleanConsole: z.boolean().default(false),
  /** Further hosts that the page may load from. */
  hosts: z.array(z.string().regex(/^[A-Za-z0-9.-]+$/, 'write a host name, without scheme and port')).default([]),
  /** What is blacked out in the picture, besides password fields. */
  hide: z.array(selector).default([]),
  within: durationInput.default(60_000),
  /** The program, where it is not on PATH under one of its usual names. */
  chromium: z.string().min(1).optional(),
});

export type BrowserInput = z.output<typeof browserInput>;
export type PageCount = BrowserInput['counts'][number];

export function listOf(given: string | readonly string[] | undefined): readonly string[] {
  return given === undefined ? [] : [given].flat();
}
