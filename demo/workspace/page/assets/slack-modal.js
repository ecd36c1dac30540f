import { avatar, h } from './dom.js';
import { blockNode } from './blocks.js';

/** The input of one `input` block; `data-block` names its field. */
function inputNode(block) {
  const { element } = block;
  const name = block.block_id;
  const id = `field-${name}`;
  const placeholder = element.placeholder?.text;
  const options = [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
  switch (element.type) {
    case 'plain_text_input':
      return element.multiline
        ? h('textarea', { id, rows: '3', placeholder, maxlength: element.max_length, data: { block: name } }, element.initial_value ?? '')
        : h('input', { id, type: 'text', placeholder, maxlength: element.max_length, value: element.initial_value, data: { block: name } });
    case 'number_input':
      return h('input', { id, type: 'number', placeholder, value: element.initial_value, data: { block: name } });
    case 'datepicker':
      return h('input', { id, type: 'date', value: element.initial_date, data: { block: name } });
    case 'static_select':
      return h(
        'select',
        { id, data: { block: name } },
        h('option', { value: '' }, placeholder ?? 'Choose an option'),
        options.map((one) => h('option', { value: one.value, selected: one.value === element.initial_option?.value }, one.text.text)),
      );
    default: {
      const type = element.type === 'checkboxes' ? 'checkbox' : 'radio';
      const chosen = [element.initial_option, ...(element.initial_options ?? [])].map((one) => one?.value);
      return h(
        'div',
        { role: 'group' },
        options.map((one) =>
          h(
            'label.choice',
            {},
            h('input', { type, name: id, value: one.value, checked: chosen.includes(one.value), data: { block: name } }),
            h('span', {}, one.text.text, one.description ? h('small', {}, one.description.text) : undefined),
          ),
        ),
      );
    }
  }
}

/** `dispatch(reference, value)` is called when a field changes that wants to tell the app at once. */
function fieldNode(block, dispatch) {
  const tell = (event) => void dispatch(`${block.block_id}/${block.element.action_id ?? 'a0'}`, event.target.value);
  const isText = ['plain_text_input', 'number_input'].includes(block.element.type);
  return h(
    'div.field',
    { data: { field: block.block_id }, on: block.dispatch_action && !isText ? { change: tell } : {} },
    h('label', { for: `field-${block.block_id}` }, block.label.text, block.optional ? h('span.optional', {}, ' (optional)') : undefined),
    inputNode(block),
    block.hint ? h('div.hint', {}, block.hint.text) : undefined,
    h('div.error', { role: 'alert', hidden: true }),
  );
}

/** The modal that a person sees. Drawn anew only when the view itself changes, so that typing is not disturbed. */
export class SlackModal {
  #shade;
  #key = '';
  #viewId;
  #handlers;

  /** `handlers`: `submit(values)`, `close()`, `act(reference, value, confirm, values)`, and `names()` for mentions. */
  constructor(pane, handlers) {
    this.#handlers = handlers;
    this.#shade = h('div.shade', { hidden: true });
    pane.append(this.#shade);
  }

  draw(view) {
    const key = view ? `${view.id} ${view.hash}` : '';
    if (key !== this.#key) {
      this.#key = key;
      // A view that planb updates keeps what was typed into the fields that stay, and the place of the cursor.
      const isUpdate = view !== undefined && view.id === this.#viewId;
      const kept = isUpdate ? readValues(this.#shade) : {};
      const focused = isUpdate ? document.activeElement?.dataset.block : undefined;
      this.#viewId = view?.id;
      this.#shade.hidden = !view;
      this.#shade.replaceChildren(...(view ? [this.#build(view)] : []));
      writeValues(this.#shade, kept);
      const fields = [...this.#shade.querySelectorAll('[data-block]')];
      (fields.find((field) => field.dataset.block === focused) ?? fields[0])?.focus();
    }
    if (view) this.#showErrors(view.errors);
  }

  #build(view) {
    const { definition } = view;
    const context = {
      ...this.#handlers.names(),
      act: async (reference, value, confirm) => this.#handlers.act(reference, value, confirm, readValues(this.#shade)),
    };
    const form = h(
      'form.modal',
      {
        role: 'dialog',
        'aria-modal': 'true',
        'aria-label': definition.title.text,
        on: {
          submit: (event) => {
            event.preventDefault();
            this.#handlers.submit(readValues(form));
          },
        },
      },
      h(
        'header',
        {},
        avatar('planb', true),
        definition.title.text,
        h('button', { type: 'button', 'aria-label': 'Close', on: { click: () => this.#handlers.close() } }, '×'),
      ),
      h(
        'div.modal-body.scroll',
        {},
        h('div.blocks', {}, view.blocks.map((block) => (block.type === 'input' ? fieldNode(block, context.act) : blockNode(block, context)))),
      ),
      h(
        'footer',
        {},
        h('span.note', { role: 'alert' }),
        h('button.btn', { type: 'button', on: { click: () => this.#handlers.close() } }, definition.close?.text ?? 'Cancel'),
        definition.submit ? h('button.btn.primary', { type: 'submit' }, definition.submit.text) : undefined,
      ),
    );
    return form;
  }

  #showErrors(errors) {
    for (const field of this.#shade.querySelectorAll('[data-field]')) {
      const text = errors[field.dataset.field];
      const line = field.querySelector('.error');
      field.classList.toggle('wrong', text !== undefined);
      line.hidden = text === undefined;
      line.textContent = text ?? '';
    }
    this.#shade.querySelector('footer .note').textContent = errors[''] ?? '';
  }
}

function readValues(form) {
  const values = {};
  for (const input of form.querySelectorAll('[data-block]')) {
    if ((input.type === 'radio' || input.type === 'checkbox') && !input.checked) continue;
    values[input.dataset.block] = input.value;
  }
  return values;
}

function writeValues(form, values) {
  for (const input of form.querySelectorAll('[data-block]')) {
    const value = values[input.dataset.block];
    if (value === undefined) continue;
    if (input.type === 'radio' || input.type === 'checkbox') input.checked = input.value === value;
    else if (!(input instanceof HTMLSelectElement) || [...input.options].some((option) => option.value === value)) input.value = value;
  }
}
