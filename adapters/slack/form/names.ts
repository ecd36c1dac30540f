import { z } from 'zod';
import type { Scope } from '../../../src/command/command.js';

/** What the form's blocks and controls are called; Slack sends them back with the values. */
export const FORM = {
  callback: 'planb:form',
  targetBlock: 'target',
  targetAction: 'planb:form:target',
  releaseAction: 'release',
  scopeBlock: 'scope',
  scopeAction: 'scope',
  reasonBlock: 'reason',
  reasonAction: 'reason',
} as const;

export const SCOPES = ['app', 'migration', 'performance', 'security', 'other'] as const satisfies readonly Scope[];

export function releaseBlockId(target: string): string {
  return `release:${target}`;
}

/** Where the form was asked for, and so where its answers go. */
export interface FormOrigin {
  readonly channel: string;
  readonly responseUrl: string | undefined;
}

const origin = z.object({ channel: z.string(), responseUrl: z.string().optional() });

export function writeOrigin({ channel, responseUrl }: FormOrigin): string {
  return JSON.stringify({ channel, ...(responseUrl === undefined ? {} : { responseUrl }) });
}

const written = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is no JSON' });
    return z.NEVER;
  }
}).pipe(origin);

/** Throws ZodError where the metadata is not what writeOrigin wrote: Slack gives it back unchanged. */
export function readOrigin(metadata: string): FormOrigin {
  const { channel, responseUrl } = written.parse(metadata);
  return { channel, responseUrl };
}
