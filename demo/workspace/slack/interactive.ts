import type { SlackBlock } from './blocks/blocks.js';
import type { ActionElement, InputElement } from './blocks/elements.js';
import type { Option } from './blocks/text.js';
import type { SlackView } from './model.js';
import { withBlockIds } from './wire.js';

/** An element that a person can act on, with the ids that Slack would send. */
export interface Actionable {
  blockId: string;
  actionId: string;
  element: ActionElement;
}

/** Every button, select and so on of a message or view, in reading order. */
export function actionables(blocks: SlackBlock[]): Actionable[] {
  return withBlockIds(blocks).flatMap((block) => {
    const elements: ActionElement[] =
      block.type === 'actions'
        ? block.elements
        : block.type === 'section' && block.accessory && block.accessory.type !== 'image'
          ? [block.accessory]
          : // An input tells the app at once only where it asks for that.
            block.type === 'input' && block.dispatch_action === true && block.element.type !== 'plain_text_input' && block.element.type !== 'number_input'
            ? [block.element]
            : [];
    return elements.map((element, index) => ({ blockId: block.block_id, actionId: element.action_id ?? `a${index}`, element }));
  });
}

/** What a person reads on it: a button's text, else a placeholder. */
export function labelOf(element: ActionElement): string {
  if (element.type === 'button') return element.text.text;
  return 'placeholder' in element && element.placeholder ? element.placeholder.text : '';
}

/** The first element whose `block_id/action_id`, action_id or visible text is `reference`; throws, naming what is there, when there is none. */
export function findActionable(blocks: SlackBlock[], reference: string): Actionable {
  const all = actionables(blocks);
  const found =
    all.find((one) => `${one.blockId}/${one.actionId}` === reference) ??
    all.find((one) => one.actionId === reference) ??
    all.find((one) => labelOf(one.element) === reference);
  if (found) return found;
  throw new Error(`no "${reference}" to click; there is: ${all.map((one) => `${labelOf(one.element)} (${one.actionId})`).join(', ') || 'nothing'}`);
}

/** The `actions[0]` of a block_actions payload. `value` is the chosen option's value, for everything but buttons. */
export function actionPayload(actionable: Actionable, value: string | undefined, actionTs: string): Record<string, unknown> {
  const { element } = actionable;
  const head = { type: element.type, action_id: actionable.actionId, block_id: actionable.blockId, action_ts: actionTs };
  switch (element.type) {
    case 'button':
      return { ...head, text: element.text, ...(element.value === undefined ? {} : { value: element.value }), ...(element.style ? { style: element.style } : {}) };
    case 'users_select':
      return { ...head, selected_user: value };
    case 'datepicker':
      return { ...head, selected_date: value };
    case 'checkboxes':
      return { ...head, selected_options: optionsOf(element).filter((one) => one.value === value) };
    case 'static_select':
    case 'radio_buttons':
    case 'overflow':
      return { ...head, selected_option: pick(element, value) };
    default:
      return element satisfies never;
  }
}

/** A modal's fields by block_id, action_id or label. A field left out keeps its initial value. */
export type FormValues = Record<string, string>;

/** `view.state.values` of a submission, or what Slack itself would refuse to send, by block_id. */
export function fillForm(view: SlackView, values: FormValues): { state: Record<string, unknown>; errors: Record<string, string> } {
  const state: Record<string, Record<string, unknown>> = {};
  const errors: Record<string, string> = {};
  const used = new Set<string>();
  for (const block of withBlockIds(view.definition.blocks)) {
    if (block.type !== 'input') continue;
    const actionId = block.element.action_id ?? 'a0';
    const key = [block.block_id, actionId, block.label.text].find((name) => values[name] !== undefined);
    if (key !== undefined) used.add(key);
    const given = key === undefined ? initialValue(block.element) : values[key];
    if ((given === undefined || given === '') && !block.optional) errors[block.block_id] = 'Please complete this required field.';
    const tooLong = block.element.type === 'plain_text_input' && given !== undefined && given.length > (block.element.max_length ?? 3000);
    if (tooLong) errors[block.block_id] = 'This entry is too long.';
    state[block.block_id] = { [actionId]: inputState(block.element, given === '' ? undefined : given) };
  }
  const unknown = Object.keys(values).filter((name) => !used.has(name));
  if (unknown.length > 0) throw new Error(`the form has no ${unknown.join(', ')}; it has: ${Object.keys(state).join(', ')}`);
  return { state, errors };
}

function initialValue(element: InputElement): string | undefined {
  switch (element.type) {
    case 'plain_text_input':
    case 'number_input':
      return element.initial_value;
    case 'static_select':
    case 'radio_buttons':
      return element.initial_option?.value;
    case 'checkboxes':
      return element.initial_options?.[0]?.value;
    case 'users_select':
      return element.initial_user;
    case 'datepicker':
      return element.initial_date;
    default:
      return element satisfies never;
  }
}

function inputState(element: InputElement, value: string | undefined): Record<string, unknown> {
  const { type } = element;
  switch (element.type) {
    case 'plain_text_input':
    case 'number_input':
      return { type, value: value ?? null };
    case 'static_select':
    case 'radio_buttons':
      return { type, selected_option: value === undefined ? null : pick(element, value) };
    case 'checkboxes':
      return { type, selected_options: optionsOf(element).filter((one) => one.value === value) };
    case 'users_select':
      return { type, selected_user: value ?? null };
    case 'datepicker':
      return { type, selected_date: value ?? null };
    default:
      return element satisfies never;
  }
}

function optionsOf(element: { options?: Option[] | undefined; option_groups?: { options: Option[] }[] | undefined }): Option[] {
  return [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
}

/** The option by its value or its text. */
function pick(element: Parameters<typeof optionsOf>[0], value: string | undefined): Option {
  const all = optionsOf(element);
  const found = all.find((one) => one.value === value) ?? all.find((one) => one.text.text === value);
  if (!found) throw new Error(`no option "${value ?? ''}"; there is: ${all.map((one) => one.value).join(', ')}`);
  return found;
}
