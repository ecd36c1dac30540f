import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../src/duration.js';

/** Milliseconds of "30s" or "10m"; told as a usage error where it is none. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('Expected a duration such as 30s, 10m or 2h.');
  return ms;
}

export function portOption(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('Expected a port, 0 to 65535.');
  return port;
}

export function countOption(text: string): number {
  const count = Number(text);
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('Expected a number of people, 1 to 99.');
  return count;
}

/** For options that may be given several times. */
export function collected(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
