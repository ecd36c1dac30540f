import { pino, stdSerializers } from 'pino';
import type { Log } from '../../src/ports/log.js';
import type { Masker } from '../../src/secret/mask.js';

/** planb's own log: a JSON object a line, to standard error, with every configured secret masked in the finished line. */
export function createLog(masker: Masker): Log {
  const logger = pino({ base: null, serializers: { error: stdSerializers.err, err: stdSerializers.err } }, { write: (line: string) => { process.stderr.write(masker.mask(line)); } });
  return {
    info: (fields, message) => { logger.info(fields, message); },
    warn: (fields, message) => { logger.warn(fields, message); },
    error: (fields, message) => { logger.error(fields, message); },
  };
}

/** For Slack's libraries: what is said may begin with fields or with words, and go on with anything. Their debugging is left out. */
export function saidLog(log: Log): Record<'debug' | 'info' | 'warn' | 'error', (...said: unknown[]) => void> {
  const split = (said: readonly unknown[]): [Record<string, unknown>, string] => {
    const words = said.filter((one) => typeof one === 'string').join(' ');
    return [Object.assign({}, ...said.filter((one) => typeof one === 'object')) as Record<string, unknown>, words];
  };
  return {
    debug: () => undefined,
    info: (...said) => { log.info(...split(said)); },
    warn: (...said) => { log.warn(...split(said)); },
    error: (...said) => { log.error(...split(said)); },
  };
}
