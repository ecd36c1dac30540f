import type { UploadedFile } from '../http/multipart.js';
import type { SlackStore } from './store.js';
import type { Triggers } from './triggers.js';

/** Slack's `{ ok: false, error }`: thrown by a method, written by the API. */
export class SlackRefusal extends Error {
  readonly code: string;
  readonly problems: string[];

  constructor(code: string, problems: string[] = []) {
    super(code);
    this.name = 'SlackRefusal';
    this.code = code;
    this.problems = problems;
  }
}

export interface MethodContext {
  store: SlackStore;
  triggers: Triggers;
  /** Block types that this workspace does not know (tests of the fallback). */
  unsupportedBlocks: string[];
  /** The workspace's own base URL, without a slash at the end. */
  origin: () => string;
  socketUrl: () => string;
}

/** One Web API method. Returns the fields beside `ok: true`, throws {@link SlackRefusal}. */
export type Method = (args: MethodArguments, context: MethodContext) => Record<string, unknown>;

/** Arguments as the client sent them: JSON values, or form strings that hold JSON. */
export class MethodArguments {
  readonly #fields: Record<string, unknown>;
  readonly files: Record<string, UploadedFile>;

  constructor(fields: Record<string, unknown>, files: Record<string, UploadedFile> = {}) {
    this.#fields = fields;
    this.files = files;
  }

  text(name: string): string | undefined {
    const value = this.#fields[name];
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
  }

  /** A boolean, as JSON or as the form field "true" or "1". */
  flag(name: string): boolean {
    const value = this.#fields[name];
    return value === true || value === 'true' || value === '1';
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw new SlackRefusal('invalid_arguments', [`[ERROR] missing required field: ${name}`]);
    return value;
  }

  /** A structured argument; a form field is parsed as JSON and answers `failure` when it is not JSON. */
  structured(name: string, failure: string): unknown {
    const value = this.#fields[name];
    if (typeof value !== 'string') return value;
    if (value === '') return undefined;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw new SlackRefusal(failure, [`[ERROR] ${name} is not JSON`]);
    }
  }
}
