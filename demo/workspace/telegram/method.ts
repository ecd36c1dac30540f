import type { UploadedFile } from '../http/multipart.js';
import type { TelegramStore } from './store.js';
import type { Updates } from './updates.js';

/** The Bot API's `{ ok: false }`: thrown by a method, written by the API. */
export class TelegramRefusal extends Error {
  readonly errorCode: number;
  readonly parameters: Record<string, unknown> | undefined;

  constructor(errorCode: number, description: string, parameters?: Record<string, unknown>) {
    super(description);
    this.name = 'TelegramRefusal';
    this.errorCode = errorCode;
    this.parameters = parameters;
  }
}

export const badRequest = (what: string): TelegramRefusal => new TelegramRefusal(400, `Bad Request: ${what}`);

export interface TelegramContext {
  store: TelegramStore;
  updates: Updates;
  /** How long a callback query can be answered, milliseconds. */
  callbackLifeMs: number;
}

/** One Bot API method: returns `result`, throws {@link TelegramRefusal}. `gone` is aborted when the caller hangs up. */
export type TelegramMethod = (args: TelegramArguments, context: TelegramContext, gone: AbortSignal) => unknown;

/** Arguments as JSON values or as form strings. */
export class TelegramArguments {
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

  integer(name: string): number | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null || value === '') return undefined;
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw badRequest(`${name} must be an integer`);
    return number;
  }

  flag(name: string): boolean {
    const value = this.#fields[name];
    return value === true || value === 'true' || value === 'True';
  }

  structured(name: string): unknown {
    const value = this.#fields[name];
    if (typeof value !== 'string') return value;
    if (value === '') return undefined;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw badRequest(`can't parse ${name} JSON object`);
    }
  }
}
