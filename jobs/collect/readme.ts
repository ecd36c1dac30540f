import type { CollectedFile } from './piece.js';

export interface ReadmeInput {
  readonly title: string;
  readonly at: Date;
  readonly files: readonly CollectedFile[];
  readonly missing: readonly string[];
  /** What nobody asked for, and how to ask. */
  readonly notAsked: readonly string[];
}

/** The archive's own first page: what is there, what is missing and why. */
export function writeReadme({ title, at, files, missing, notAsked }: ReadmeInput): string {
  const list = (lines: readonly string[]): string => lines.map((line) => `- ${line.replaceAll(/\s+/g, ' ')}`).join('\n');
  return [
    `# ${title}: both servers, ${at.toISOString()}`,
    'Logs, schemas, metrics and configuration for the analysis after a way back. The seven questions are in `planb report <run>`.',
    `## Missing\n\n${missing.length === 0 ? 'Nothing.' : list(missing)}`,
    ...(notAsked.length === 0 ? [] : [`## Not asked for\n\n${list(notAsked)}`]),
    `## Files\n\n${list(files.map(({ path, about }) => `\`${path}\`: ${about}`))}`,
    '## Secrets\n\nValues that planb.yaml refers to, and those of both projects\' `.env` and containers, read as `***NAME***`. What nobody configured cannot be known: look before you hand this on.',
  ].join('\n\n') + '\n';
}
