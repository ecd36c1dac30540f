import { z } from 'zod';
import type { ChatCommand } from '../../../src/command/command.js';
import type { FormChoices } from '../../../src/ports/chat.js';
import type { FormState } from '../receive/payloads.js';
import type { Words } from '../words.js';
import { FORM, releaseBlockId, SCOPES } from './names.js';

/** What a submitted form asks for, the errors to show in it, or that it was sent before it showed the target's releases. */
export type Submission =
  | { readonly kind: 'command'; readonly command: Extract<ChatCommand, { readonly kind: 'request' }> }
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> }
  | { readonly kind: 'show-releases'; readonly target: string };

const scope = z.enum(SCOPES);

/** Checks the values against what is offered now, since a form can stay open for hours. */
export function readSubmission(state: FormState, choices: FormChoices, words: Words): Submission {
  const id = state.values[FORM.targetBlock]?.[FORM.targetAction]?.selected_option?.value;
  const target = choices.targets.find((one) => one.id === id);
  if (target === undefined) return { kind: 'errors', errors: { [FORM.targetBlock]: words.targetGone } };
  const blockId = releaseBlockId(target.id);
  const block = state.values[blockId];
  if (block === undefined && target.releases.length > 0) return { kind: 'show-releases', target: target.id };
  const to = block?.[FORM.releaseAction]?.selected_option?.value;
  if (to !== undefined && !target.releases.some((release) => release.name === to)) return { kind: 'errors', errors: { [blockId]: words.releaseGone } };
  const why = scope.safeParse(state.values[FORM.scopeBlock]?.[FORM.scopeAction]?.selected_option?.value);
  const reason = state.values[FORM.reasonBlock]?.[FORM.reasonAction]?.value?.trim();
  return {
    kind: 'command',
    command: {
      kind: 'request',
      run: 'rollback',
      target: target.id,
      ...(to === undefined ? {} : { to }),
      ...(why.success ? { scope: why.data } : {}),
      ...(reason === undefined || reason === '' ? {} : { reason }),
    },
  };
}
