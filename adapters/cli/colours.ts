import picocolors from 'picocolors';
import type { CliServices, TextSink } from './services.js';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Colours only where a person looks on, and never against NO_COLOR (https://no-color.org). Without them every text still says everything. */
export function coloursFor(sink: TextSink, env: CliServices['env']): Colours {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return picocolors.createColors(sink.isTTY === true && !refused);
}
