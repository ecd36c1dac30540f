import { cleanText } from './clean-text.js';
import type { ChatCommand } from './command.js';
import { unquote } from './format.js';
import { answerWords, glassWords, voteWords } from './words.js';

const words = [...voteWords, ...answerWords, ...glassWords, 'status'] as const;

/**
 * Understands a word said in a run's thread or as a reply to its board: "@planb retry", "retry because the registry is back". Undefined for anything
 * else: people talk in threads, and "stop worrying" must not stop a run. So the word stands alone, or before a code, "because" or both.
 */
export function parseWord(text: string): Extract<ChatCommand, { readonly kind: 'word' }> | undefined {
  const said = cleanText(text).replace(/^(?:<@[^>\s]+>|@[\w.-]+)[\s,:]*/u, '');
  const match = /^(\p{L}+(?:-\p{L}+)?)\s*(?:[.!]*|(?:[,;:]?\s+(\d{3} ?\d{3}))?(?:[,;:]?\s+because\s+(.+))?)$/iu.exec(said);
  const word = words.find((known) => known === match?.[1]?.toLowerCase());
  if (match === null || word === undefined) return undefined;
  const code = match[2]?.replace(' ', '');
  const reason = match[3] === undefined ? '' : unquote(match[3].trim());
  if (word === 'status') return reason === '' && code === undefined ? { kind: 'word', word } : undefined;
  return { kind: 'word', word, ...(reason === '' ? {} : { reason }), ...(code === undefined ? {} : { code }) };
}
