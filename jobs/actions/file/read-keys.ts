import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Json } from '../../../src/plan/plan.js';
import { ActionError } from '../action-error.js';
import { parseEnvFile } from '../compose/interpolate.js';
import { type FileFormat } from './file-format.js';

/**
 * A file's content as JSON; of a `.env` file its variables. Throws ActionError `malformed-file`, which says where and never what: the content may be secret, and parsers quote it.
 */
export function readKeys(path: string, text: string, format: FileFormat): Json {
  if (format === 'env') return Object.fromEntries([...parseEnvFile(text)].map(([name, { value }]) => [name, value]));
  if (format === 'json') {
    try {
      return z.json().parse(JSON.parse(text));
    } catch {
      throw new ActionError('malformed-file', `${path} is not valid JSON`);
    }
  }
  const document = parseDocument(text, { merge: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw new ActionError('malformed-file', `${path}:${problem.linePos?.[0].line ?? 1} is not valid YAML (${problem.code})`);
  try {
    const parsed = z.json().safeParse(document.toJS());
    if (parsed.success) return parsed.data;
  } catch {
    // Aliases that would fill the memory.
  }
  throw new ActionError('malformed-file', `${path} holds something that is no plain data`);
}
