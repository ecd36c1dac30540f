import type { ChatCommand, Scope } from '../../../src/command/command.js';
import type { FormChoices } from '../../../src/ports/chat.js';
import { inRows, type InlineButton, type InlineKeyboard } from '../render/keyboard.js';
import { bold, clip, concat, joinLines, neutraliseLine, plain, wrapped, type Rich } from '../render/text.js';
import { encodeFormData, LAST_GOOD, shortHash, type FormData } from './data.js';
import type { FormWords } from './words.js';

type Target = FormChoices['targets'][number];

/** What the form shows next, or how it ends. */
export type FormStep =
  | { readonly kind: 'ask'; readonly text: Rich; readonly keyboard: InlineKeyboard }
  | { readonly kind: 'send'; readonly command: Extract<ChatCommand, { kind: 'request' }>; readonly text: Rich }
  | { readonly kind: 'closed'; readonly text: Rich }
  | { readonly kind: 'outdated' };

/** Telegram allows 100 buttons; nobody reads that many on a phone. */
const MOST_CHOICES = 24;
const SCOPES: readonly Scope[] = ['app', 'migration', 'performance', 'security', 'other'];

/** Pure: target, then release, then why, then an optional reason (by replying). */
export function nextStep(form: FormData, choices: FormChoices, words: FormWords, commandName: string, reason?: string): FormStep {
  if (form.end === 'cancel') return { kind: 'closed', text: plain(words.cancelled) };
  if (form.target === undefined) return askTarget(form, choices, words);
  const target = choices.targets.find((one) => shortHash(one.id) === form.target);
  if (target === undefined) return { kind: 'outdated' };
  if (form.release === undefined) return askRelease(form, target, words);
  const release = target.releases.find((one) => shortHash(one.name) === form.release)?.name;
  if (release === undefined && form.release !== LAST_GOOD) return { kind: 'outdated' };
  if (form.scope === undefined) return askScope(form, target, release, words);
  return form.end === undefined && reason === undefined
    ? askReason(form, target, release, form.scope, words, commandName)
    : sent(target, release, form.scope, words, commandName, reason);
}

function askTarget(form: FormData, choices: FormChoices, words: FormWords): FormStep {
  if (choices.targets.length === 0) return { kind: 'closed', text: plain(words.noTargets) };
  const shown = choices.targets.slice(0, MOST_CHOICES);
  const buttons = shown.map((target) => button(target.title === '' ? target.id : target.title, { ...form, target: shortHash(target.id) }));
  return ask([bold(words.whichTarget), ...more(choices.targets.length, words)], buttons, 2, form, words);
}

function askRelease(form: FormData, target: Target, words: FormWords): FormStep {
  const shown = target.releases.slice(0, MOST_CHOICES);
  const buttons = [
    { ...button(words.lastGood, { ...form, release: LAST_GOOD }), style: 'primary' as const },
    ...shown.map((release) => button(release.note === '' ? release.name : `${release.name} · ${release.note}`, { ...form, release: shortHash(release.name) })),
  ];
  return ask([chosen(target, undefined), bold(words.whichRelease), ...more(target.releases.length, words)], buttons, 1, form, words);
}

function askScope(form: FormData, target: Target, release: string | undefined, words: FormWords): FormStep {
  const buttons = SCOPES.map((scope) => button(words.scopes[scope], { ...form, scope }));
  return ask([chosen(target, release ?? words.lastGood), bold(words.why)], buttons, 2, form, words);
}

function askReason(form: FormData, target: Target, release: string | undefined, scope: Scope, words: FormWords, commandName: string): FormStep {
  const send: InlineButton = { ...button(words.send, { ...form, end: 'send' }), style: 'success' };
  const typed = wrapped('<code>', plain(`${asTyped(target, release, scope, commandName)} because …`), '</code>');
  return ask([chosen(target, release ?? words.lastGood), plain(words.scopes[scope]), plain(words.reason), typed], [send], 1, form, words);
}

function sent(target: Target, release: string | undefined, scope: Scope, words: FormWords, commandName: string, reason: string | undefined): FormStep {
  const typed = `${asTyped(target, release, scope, commandName)}${reason === undefined ? '' : ` because ${clip(neutraliseLine(reason), 500)}`}`;
  return {
    kind: 'send',
    command: { kind: 'request', run: 'rollback', target: target.id, scope, ...(release === undefined ? {} : { to: release }), ...(reason === undefined ? {} : { reason }) },
    text: concat(plain(`${words.sent} `), wrapped('<code>', plain(typed), '</code>')),
  };
}

function ask(lines: readonly Rich[], buttons: readonly InlineButton[], perRow: number, form: FormData, words: FormWords): FormStep {
  const cancel: InlineButton = { text: words.cancel, callback_data: encodeFormData({ ...form, end: 'cancel' }) };
  const rows = inRows(buttons, perRow).inline_keyboard;
  return { kind: 'ask', text: joinLines(lines), keyboard: { inline_keyboard: [...rows, [cancel]] } };
}

function button(text: string, data: FormData): InlineButton {
  return { text: clip(neutraliseLine(text), 60), callback_data: encodeFormData(data) };
}

function chosen(target: Target, release: string | undefined): Rich {
  return plain(neutraliseLine(release === undefined ? target.title : `${target.title} → ${release}`));
}

function asTyped(target: Target, release: string | undefined, scope: Scope, commandName: string): string {
  return neutraliseLine(`/${commandName} ${target.id}${release === undefined ? '' : ` to ${release}`} for ${scope}`);
}

function more(count: number, words: FormWords): readonly Rich[] {
  return count > MOST_CHOICES ? [plain(words.moreByWord)] : [];
}
