import { z } from 'zod';
import { findReferences } from '../../../src/config/secret-reference.js';
import { escapeDollars } from './override.js';

/** Variables by name, as a runbook gives them. */
export const environmentSchema = z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of a variable'), z.string());

/** A secret never stands in a plan: the pasted file takes it from the variable that `pasteVariables` sets for the command. */
export function writeVariable(value: string, name: string): string {
  return findReferences(value).length === 0 ? escapeDollars(value) : `\${${pastedName(name)}}`;
}

/** What a pasted command needs in its environment, secrets as references. */
export function pasteVariables(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (findReferences(value).length === 0 ? [] : [[pastedName(name), value]])));
}

/** The project's own files may use the plain name for something else. */
function pastedName(name: string): string {
  return `PLANB_${name}`;
}
