import { z } from 'zod';
import { findReferences } from '../../../src/config/secret-reference.js';

/** Where files are: on this machine, or on another one that ssh reaches. */
export interface Place {
  /** Absolute, without a slash at its end. */
  readonly path: string;
  /** It was written with a slash at its end: a folder, even if it is not there yet. */
  readonly isFolder: boolean;
  readonly host?: Host;
}

export interface Host {
  /** As ssh takes it: `user@host`, or `host`. */
  readonly destination: string;
  readonly port?: string;
}

// A name that begins with a dash would be an option.
const remote = /^ssh:\/\/((?:[A-Za-z0-9_][\w.-]*@)?(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:.]+\]))(?::(\d{1,5}))?(\/.*)$/;

/** `/path` or `ssh://user@host:port/path`; undefined for anything else. */
export function parsePlace(text: string): Place | undefined {
  const [, destination, port, rest] = remote.exec(text) ?? [];
  const path = rest ?? text;
  // No part may climb: what is compared, freed and deleted must be what the plan shows.
  if (!path.startsWith('/') || /[\0\r\n]/.test(path) || path.split('/').includes('..')) return undefined;
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return undefined;
  return { path: trimmed, isFolder: path.endsWith('/'), ...(destination === undefined ? {} : { host: { destination, ...(port === undefined ? {} : { port }) } }) };
}

/** A place in a runbook. */
export const placeInput = z
  .string()
  .refine((text) => findReferences(text).length === 0, 'a secret may not stand in a path, which plans and logs show')
  .refine((text) => parsePlace(text) !== undefined, 'expected /path or ssh://user@host/path, absolute, not the root folder, and without ..');

/** Whether one lies in the other on the same machine: a copy into itself would never end. */
export function isInside(inner: Place, outer: Place): boolean {
  const sameMachine = inner.host?.destination === outer.host?.destination && inner.host?.port === outer.host?.port;
  return sameMachine && (inner.path === outer.path || inner.path.startsWith(`${outer.path}/`));
}
