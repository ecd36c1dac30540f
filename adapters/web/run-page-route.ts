import { answer, answerText, type WebRoute } from './route.js';
import { RUN_PAGE_CSP } from './run-page/page.js';

/**
 * The page of a run, or undefined where the run does not exist or the key is not the link's: a stranger cannot tell the two apart. The reader
 * has to compare keys in constant time.
 */
export type ReadRunPage = (run: string, key: string) => Promise<string | undefined>;

const LONGEST_KEY = 256;

/** `/runs/:id?key=…`: only someone who has the link from the board sees the page. */
export function runPageRoute(read: ReadRunPage): WebRoute {
  return {
    method: 'GET',
    path: /^\/runs\/(?<run>[A-Za-z0-9_-]{1,64})$/,
    handle: async (_request, response, url, { run = '' }) => {
      const key = url.searchParams.get('key') ?? '';
      const html = key === '' || key.length > LONGEST_KEY ? undefined : await read(run, key);
      if (html === undefined) answerText(response, 404, 'not found');
      else answer(response, 200, 'text/html; charset=utf-8', html, { 'content-security-policy': RUN_PAGE_CSP, 'x-robots-tag': 'noindex' });
    },
  };
}
