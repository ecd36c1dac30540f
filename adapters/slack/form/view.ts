import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import type { FormChoices } from '../../../src/ports/chat.js';
import { cleanLine, shorten } from '../render/clean-text.js';
import type { Words } from '../words.js';
import { FORM, type FormOrigin, releaseBlockId, SCOPES, writeOrigin } from './names.js';

/** Slack's limits: https://docs.slack.dev/reference/block-kit/composition-objects/option-object */
const OPTION_TEXT = 75;
const OPTION_VALUE = 150;
const OPTIONS = 100;
const REASON_MAX = 500;

type Target = FormChoices['targets'][number];

/** The modal of the bare command. Once a target is chosen it offers that target's releases, the first proposed. */
export function formView(form: { readonly choices: FormChoices; readonly chosen: string | undefined; readonly origin: FormOrigin; readonly words: Words }): ModalView {
  const { choices, words } = form;
  const chosen = choices.targets.find((target) => target.id === form.chosen);
  return {
    type: 'modal',
    callback_id: FORM.callback,
    private_metadata: writeOrigin(form.origin),
    title: plain(words.formTitle),
    submit: plain(words.formSubmit),
    close: plain(words.formCancel),
    blocks: [targetBlock(choices.targets, chosen, words), ...releaseBlocks(chosen, words), scopeBlock(words), reasonBlock(words)],
  };
}

function targetBlock(targets: readonly Target[], chosen: Target | undefined, words: Words): InputBlock {
  const options = targets.filter((target) => target.id.length <= OPTION_VALUE).slice(0, OPTIONS).map(targetOption);
  const initial = chosen === undefined ? undefined : targetOption(chosen);
  return {
    type: 'input',
    block_id: FORM.targetBlock,
    label: plain(words.target),
    dispatch_action: true,
    element: {
      type: 'static_select',
      action_id: FORM.targetAction,
      placeholder: plain(words.choose),
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function targetOption(target: Target): PlainTextOption {
  const title = cleanLine(target.title);
  return { text: plain(shorten(title === '' || title === target.id ? target.id : `${title} (${target.id})`, OPTION_TEXT)), value: target.id };
}

function releaseBlocks(target: Target | undefined, words: Words): KnownBlock[] {
  if (target === undefined) return [hint('no-target', words.chooseTargetFirst)];
  const offered = offeredReleases(target);
  const [first] = offered;
  if (first === undefined) return [hint('no-release', words.noReleases)];
  const left = target.releases.length - offered.length;
  return [
    {
      type: 'input',
      // Slack keeps what was chosen under a block id; another target must not inherit it.
      block_id: releaseBlockId(target.id),
      label: plain(words.release),
      element: { type: 'static_select', action_id: FORM.releaseAction, options: offered, initial_option: first },
    },
    ...(left > 0 ? [hint('more-releases', words.moreReleases(left))] : []),
  ];
}

/** Releases as options, in the order given: the proposed one first. */
function offeredReleases(target: Target): PlainTextOption[] {
  return target.releases
    // Slack refuses an option without text.
    .filter((release) => cleanLine(release.name) !== '' && release.name.length <= OPTION_VALUE)
    .slice(0, OPTIONS)
    .map((release) => ({
      text: plain(shorten(cleanLine(release.name), OPTION_TEXT)),
      value: release.name,
      ...(cleanLine(release.note) === '' ? {} : { description: plain(shorten(cleanLine(release.note), OPTION_TEXT)) }),
    }));
}

function scopeBlock(words: Words): InputBlock {
  const options = SCOPES.map((scope) => ({ text: plain(words.scopes[scope]), value: scope }));
  return { type: 'input', block_id: FORM.scopeBlock, optional: true, label: plain(words.why), element: { type: 'radio_buttons', action_id: FORM.scopeAction, options } };
}

function reasonBlock(words: Words): InputBlock {
  return {
    type: 'input',
    block_id: FORM.reasonBlock,
    optional: true,
    label: plain(words.reason),
    hint: plain(words.reasonHint),
    element: { type: 'plain_text_input', action_id: FORM.reasonAction, multiline: true, max_length: REASON_MAX },
  };
}

function hint(blockId: string, text: string): KnownBlock {
  return { type: 'context', block_id: blockId, elements: [plain(text)] };
}

function plain(text: string): { type: 'plain_text'; text: string; emoji: false } {
  return { type: 'plain_text', text, emoji: false };
}
