import { coloursFor, type Colours } from './colours.js';
import { plainText } from './render.js';
import type { CliServices } from './services.js';

/** Where a command speaks: results on standard output, everything about them on standard error. */
export interface Output {
  readonly colours: Colours;
  print(text: string): void;
  printJson(value: unknown): void;
  /** A line about work that takes its time. */
  progress(text: string): void;
}

export function outputOf(services: Pick<CliServices, 'stdout' | 'stderr' | 'env'>): Output {
  const colours = coloursFor(services.stdout, services.env);
  const dim = coloursFor(services.stderr, services.env).dim;
  return {
    colours,
    print: (text) => { services.stdout.write(`${text}\n`); },
    printJson: (value) => { services.stdout.write(`${JSON.stringify(value, null, 2)}\n`); },
    progress: (text) => { services.stderr.write(`${dim(plainText(text))}\n`); },
  };
}
