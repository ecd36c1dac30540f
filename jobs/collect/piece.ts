import { z } from 'zod';
import { ActionError } from '../actions/action-error.js';

/** A file of the archive. */
export interface CollectedFile {
  readonly path: string;
  readonly text: string;
  /** What it is, for the archive's list. */
  readonly about: string;
}

/** What collecting one thing gave: its files, and what of it is missing and why. */
export interface Piece {
  readonly files: readonly CollectedFile[];
  readonly missing: readonly string[];
}

/** Runs `work`; what it cannot do is a missing piece, and everything else is collected all the same. Bugs throw. */
export async function collected(what: string, work: () => Promise<Piece>): Promise<Piece> {
  try {
    return await work();
  } catch (error) {
    if (!isOperational(error)) throw error;
    return { files: [], missing: [`${what}: ${reasonOf(error)}`] };
  }
}

/** Operational failures have a code; fetch wraps them, a limit that is over is a DOMException (with a code too), and what a program answered may be no JSON. */
export function isOperational(error: unknown): error is Error {
  if (error instanceof ActionError || error instanceof SyntaxError || error instanceof z.ZodError) return true;
  return error instanceof Error && ('code' in error || (error instanceof TypeError && error.cause instanceof Error));
}

export function reasonOf(error: Error): string {
  if (error instanceof SyntaxError || error instanceof z.ZodError) return 'it answered what cannot be read';
  return error instanceof TypeError && error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

export function joined(pieces: readonly Piece[]): Piece {
  return { files: pieces.flatMap(({ files }) => files), missing: pieces.flatMap(({ missing }) => missing) };
}
