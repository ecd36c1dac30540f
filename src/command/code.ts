import { nearestWord } from '../nearest-word.js';
import { takeWord } from './clean-text.js';
import type { Delivery } from './command.js';
import { answerWords, glassWords, voteWords } from './words.js';

/** A time-based code as authenticator apps show it. */
export const codePattern = /^\d{6}$/;

/** Takes the code off the front of what stands behind a run ("492039 because the registry is back"; apps also show "492 039"), or off a text that is nothing else. */
export function takeCode(text: string): { readonly code?: string; readonly text: string } {
  const found = /^(?:because\s+)?(\d{3}) ?(\d{3})(?=\s|$)\s*(.*)$/isu.exec(text);
  if (found === null) return { text };
  const [, first = '', second = '', rest = ''] = found;
  // "because 492039 requests failed" is a reason that begins with a number.
  if (/^because/i.test(text) && rest !== '') return { text };
  return { code: first + second, text: rest };
}

/**
 * The delivery as it may be stored: a code moves to where it is removed once it was judged, and what only looks like an attempt at one ("aprove 492039", or behind the reason) loses its
 * digits, since that text is kept and repeated.
 */
export function withoutCode(delivery: Delivery): Delivery {
  const { command } = delivery;
  switch (command.kind) {
    case 'vote':
    case 'answer':
    case 'break-glass':
    case 'word': {
      if (command.code === undefined) return { ...delivery, command: withoutLateCode(command) };
      const { code, ...rest } = command;
      return { ...delivery, actor: { ...delivery.actor, totp: code }, command: rest };
    }
    case 'unparsed':
      return { ...delivery, command: { ...command, text: hideCodes(command.text) } };
    case 'said':
      return { ...delivery, command: { ...command, text: hideAttempt(command.text), ...(command.otherwise === undefined ? {} : { otherwise: { ...command.otherwise, text: hideCodes(command.otherwise.text) } }) } };
    default:
      return delivery;
  }
}

/**
 * A code typed behind its reason is none: a number may end a reason, and a wrong code would spoil the vote. It is not kept all the same; who needed one is told how it is typed.
 */
function withoutLateCode<T extends { readonly reason?: string }>(command: T): T {
  return command.reason === undefined ? command : { ...command, reason: command.reason.replace(/(?<=^|\s)\d{3} ?\d{3}[.!]*$/u, '······') };
}

/** A note may hold numbers of any kind; one that begins like a vote is a vote that went wrong. */
function hideAttempt(text: string): string {
  const { word } = takeWord(text);
  return nearestWord(word.toLowerCase(), [...voteWords, ...answerWords, ...glassWords]) === undefined ? text : hideCodes(text);
}

function hideCodes(text: string): string {
  return text.replace(/(?<!\d)\d{3} ?\d{3}(?!\d)/gu, '······');
}
