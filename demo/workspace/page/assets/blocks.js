import { h, icon, ICONS } from './dom.js';
import { mrkdwn } from './mrkdwn.js';
import { richText } from './rich-text.js';

/** A text object: mrkdwn or plain. */
export function textNode(text, context) {
  return text.type === 'mrkdwn' ? h('div.mrkdwn', {}, mrkdwn(text.text, context)) : h('div.mrkdwn.plain', {}, text.text);
}

/**
 * A button or select in a message or modal. `context.act(reference, value, confirm)` is called when it is used and
 * resolves with a failure's name or null.
 */
function actionElement(element, blockId, index, context) {
  const reference = `${blockId}/${element.action_id ?? `a${index}`}`;
  const act = async (target, value) => {
    target.setAttribute('aria-busy', 'true');
    target.classList.remove('failed');
    const failure = await context.act(reference, value, element.confirm);
    target.removeAttribute('aria-busy');
    if (failure) {
      target.classList.add('failed');
      target.title = `planb did not acknowledge: ${failure}`;
    }
  };
  if (element.type === 'button') {
    return h(
      'button.btn',
      {
        type: 'button',
        class: element.style ?? '',
        data: { action: element.action_id ?? '' },
        on: {
          click: (event) => {
            if (element.url) window.open(element.url, '_blank', 'noopener');
            void act(event.currentTarget, undefined);
          },
        },
      },
      element.text.text,
    );
  }
  const options = [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
  return h(
    'select.btn-select',
    { on: { change: (event) => void act(event.currentTarget, event.currentTarget.value) } },
    h('option', { value: '', disabled: true, selected: !element.initial_option }, element.placeholder?.text ?? '…'),
    options.map((option) => h('option', { value: option.value, selected: option.value === element.initial_option?.value }, option.text.text)),
  );
}

function taskIcon(status) {
  if (status === 'complete') return icon(ICONS.check, 'done');
  if (status === 'error') return icon(ICONS.cross, 'failed');
  return status === 'in_progress' ? h('span.spinner', { 'aria-label': 'running' }) : undefined;
}

function task(card, context) {
  return h(
    'div.task',
    { class: card.status, data: { task: card.task_id, status: card.status } },
    h('span.task-icon', {}, taskIcon(card.status)),
    h(
      'div',
      {},
      h('div.task-title', {}, card.title),
      card.details ? h('div.task-more', {}, richText(card.details, context)) : undefined,
      card.output ? h('div.task-more', {}, richText(card.output, context)) : undefined,
    ),
  );
}

function plan(block, context) {
  const tasks = block.tasks ?? [];
  const fold = h(
    'details.plan',
    { open: true, data: { fold: 'plan' } },
    h('summary', { on: { click: (event) => (event.currentTarget.parentElement.dataset.touched = '1') } }, block.title),
    h('div.plan-tasks', {}, tasks.map((one) => task(one, context))),
  );
  return fold;
}

function tableCell(cell, context) {
  if (cell.type === 'raw_text') return cell.text;
  return cell.type === 'raw_number' ? String(cell.number) : richText(cell, context);
}

/** One Block Kit block. Input blocks are the modal's business. */
export function blockNode(block, context) {
  switch (block.type) {
    case 'header':
      return h('div.b-header', {}, block.text.text);
    case 'section':
      return h(
        'div.b-section',
        {},
        h(
          'div.grow',
          {},
          block.text ? textNode(block.text, context) : undefined,
          block.fields ? h('div.b-fields', {}, block.fields.map((field) => textNode(field, context))) : undefined,
        ),
        block.accessory && block.accessory.type !== 'image' ? actionElement(block.accessory, block.block_id, 0, context) : undefined,
      );
    case 'context':
      return h('div.b-context', {}, block.elements.map((one) => (one.type === 'image' ? h('span', {}, one.alt_text) : textNode(one, context))));
    case 'divider':
      return h('hr.b-divider');
    case 'actions':
      return h('div.b-actions', {}, block.elements.map((element, index) => actionElement(element, block.block_id, index, context)));
    case 'rich_text':
      return h('div', {}, richText(block, context));
    case 'markdown':
      return h('div.mrkdwn.plain', {}, block.text);
    case 'plan':
      return plan(block, context);
    case 'task_card':
      return h('div.task-card', {}, task(block, context));
    case 'alert':
      return h('div.alert', { class: block.level ?? 'default', role: 'note' }, textNode(block.text, context));
    case 'table':
      return h(
        'div.table-wrap',
        {},
        h('table.table', {}, block.rows.map((row) => h('tr', {}, row.map((cell) => h('td', {}, tableCell(cell, context)))))),
      );
    default:
      return h('div.b-context', {}, `[${block.type}]`);
  }
}
