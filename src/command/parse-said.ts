import { cleanText } from './clean-text.js';
import type { ChatCommand } from './command.js';

/**
 * What was said to planb in a run's thread, or as a reply to its board: a command stays one, a slip of the pen is told as one ("aprove"), and everything else is a note on the run.
 */
export function saidToRun(text: string, command: ChatCommand): ChatCommand {
  const note = /^note\s*[:,]\s*(.+)$/isu.exec(text)?.[1];
  if (note !== undefined) return said(note);
  if (command.kind !== 'unparsed' || command.nearest !== undefined) return command;
  return said(text, command);
}

/** A reply to a board that is not addressed to planb: where the place has no run, it is nobody's business. */
export function said(text: string, otherwise?: Extract<ChatCommand, { readonly kind: 'unparsed' }>): ChatCommand {
  return { kind: 'said', text: cleanText(text), ...(otherwise === undefined ? {} : { otherwise }) };
}
