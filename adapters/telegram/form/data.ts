import { createHash } from 'node:crypto';

import { z } from 'zod';

import type { Scope } from '../../../src/command/command.js';

/** Callback data that begins so belongs to the form and never is a board's button, whose ids hold no colon. */
export const FORM_PREFIX = 'f:';

/**
 * Everything chosen so far, carried in each button (≤ 64 bytes), so that any bot process goes on with the form and a restart loses
 * nothing. Targets and releases are named by a short hash: their own names may be longer than a button can carry, and their
 * places in a list may change between two presses.
 */
export interface FormData {
  /** Telegram user id of the one who asked; nobody else may press. */
  readonly user: string;
  readonly target?: string;
  /** Hash of a release, or LAST_GOOD. */
  readonly release?: string;
  readonly scope?: Scope;
  /** `send`: request it now; `cancel`: forget it. */
  readonly end?: 'send' | 'cancel';
}

/** No release chosen: planb proposes the last known good. */
export const LAST_GOOD = '-';

const SCOPES: readonly (readonly [letter: string, scope: Scope])[] = [
  ['a', 'app'],
  ['m', 'migration'],
  ['p', 'performance'],
  ['s', 'security'],
  ['o', 'other'],
];

const Parts = z.tuple([
  z.literal('f'),
  z.string().regex(/^\d{1,20}$/),
  z.string().regex(/^[A-Za-z0-9_-]{0,8}$/),
  z.string().regex(/^[A-Za-z0-9_-]{0,8}$/),
  z.enum(['', 'a', 'm', 'p', 's', 'o']),
  z.enum(['', '!', 'x']),
]);

/** Eight characters (48 bits) that stand for a target or release within one form. */
export function shortHash(name: string): string {
  return createHash('sha256').update(name).digest('base64url').slice(0, 8);
}

/** At most 2 + 20 + 4 separators + 8 + 8 + 1 + 1 = 44 bytes. */
export function encodeFormData(form: FormData): string {
  const letter = SCOPES.find(([, scope]) => scope === form.scope)?.[0] ?? '';
  const end = form.end === 'send' ? '!' : form.end === 'cancel' ? 'x' : '';
  return ['f', form.user, form.target ?? '', form.release ?? '', letter, end].join(':');
}

/** Undefined for data that no button of ours carries. */
export function decodeFormData(data: string): FormData | undefined {
  const parts = Parts.safeParse(data.split(':'));
  if (!parts.success) return undefined;
  const [, user, target, release, letter, end] = parts.data;
  const scope = SCOPES.find(([known]) => known === letter)?.[1];
  return {
    user,
    ...(target === '' ? {} : { target }),
    ...(release === '' ? {} : { release }),
    ...(scope === undefined ? {} : { scope }),
    ...(end === '' ? {} : { end: end === '!' ? 'send' : 'cancel' }),
  };
}
