import type { StepError } from '../run/events.js';
import { shorten } from './clean.js';
import type { Language } from './language.js';
import type { OwnError } from './text/en/board.js';

/** What went wrong, in at most `max` characters: in the board's language where planb itself said it, else as the action said it. */
export function errorText(error: StepError | undefined, language: Language, max: number): string {
  if (error === undefined) return '';
  const { errors } = language.words.board;
  return shorten(isOwn(error.code, errors) ? errors[error.code] : error.message, max);
}

function isOwn(code: string, errors: Record<OwnError, string>): code is OwnError {
  return Object.hasOwn(errors, code);
}
