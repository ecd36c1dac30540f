import picocolors from 'picocolors';

/** What the demo prints: the same words with and without colours. */
export interface Terminal {
  readonly colours: ReturnType<typeof picocolors.createColors>;
  /** One line. */
  line(text?: string): void;
  /** A heading between blank lines. */
  heading(text: string): void;
  /** A text of several lines, indented. */
  block(text: string): void;
}

/** Colours only where a person looks on, and never against NO_COLOR (https://no-color.org). */
export function openTerminal(): Terminal {
  const refused = (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb';
  const colours = picocolors.createColors(isTerminal(process.stdout) && !refused);
  const line = (text = ''): void => { process.stdout.write(`${text}\n`); };
  return {
    colours, line,
    heading: (text) => { line(`\n${colours.bold(text)}\n`); },
    block: (text) => { line(text.split('\n').map((one) => (one === '' ? '' : `    ${one}`)).join('\n')); },
  };
}

/** `isTTY` is absent, not false, on a pipe; and where it is absent the library would decide by itself, for colours wherever CI is set. */
function isTerminal(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true;
}
