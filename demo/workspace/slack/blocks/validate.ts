import { z } from 'zod';
import { block, type SlackBlock } from './blocks.js';
import { plainText } from './text.js';

/** Slack's published maximum for a message is 50 blocks, for a modal 100. */
const MAX_BLOCKS = { message: 50, modal: 100 } as const;
/** Above this many characters in all of a message's blocks Slack answers `msg_blocks_too_long`. */
const MAX_MESSAGE_CHARACTERS = 13_200;

export const viewSchema = z.strictObject({
  type: z.literal('modal'),
  title: plainText(24),
  submit: plainText(24).optional(),
  close: plainText(24).optional(),
  blocks: z.array(block).max(MAX_BLOCKS.modal),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
  clear_on_close: z.boolean().optional(),
  notify_on_close: z.boolean().optional(),
  submit_disabled: z.boolean().optional(),
});

/** A modal as `views.open` takes it. */
export type ViewDefinition = z.infer<typeof viewSchema>;

/** `problems` in Slack's own wording, with a JSON pointer each. */
export type Checked<T> = { ok: true; value: T } | { ok: false; error: string; problems: string[] };

/** Judges a message's blocks as Slack does. `unsupported` names block types this workspace must not know. */
export function checkBlocks(input: unknown, unsupported: readonly string[] = []): Checked<SlackBlock[]> {
  const parsed = z.array(block).max(MAX_BLOCKS.message).safeParse(input, { reportInput: true });
  if (!parsed.success) return refuse('invalid_blocks', parsed.error.issues.map((issue) => problem(issue, '/blocks')));
  const problems = [...duplicateIds(parsed.data, '/blocks'), ...unsupportedBlocks(parsed.data, unsupported), ...exclusive(parsed.data)];
  if (problems.length > 0) return refuse('invalid_blocks', problems);
  if (textLength(parsed.data) > MAX_MESSAGE_CHARACTERS) return refuse('msg_blocks_too_long', []);
  return { ok: true, value: parsed.data };
}

/** Judges a modal as `views.open`, `views.update` and `response_action` do. */
export function checkView(input: unknown): Checked<ViewDefinition> {
  const parsed = viewSchema.safeParse(input, { reportInput: true });
  if (!parsed.success) return refuse('invalid_arguments', parsed.error.issues.map((issue) => problem(issue, '/view')));
  const problems = duplicateIds(parsed.data.blocks, '/view/blocks');
  const asks = parsed.data.blocks.some((one) => one.type === 'input');
  if (asks && !parsed.data.submit) problems.push('[ERROR] missing required field: submit [json-pointer:/view]');
  return problems.length > 0 ? refuse('invalid_arguments', problems) : { ok: true, value: parsed.data };
}

function refuse(error: string, problems: string[]): { ok: false; error: string; problems: string[] } {
  return { ok: false, error, problems };
}

function duplicateIds(blocks: SlackBlock[], at: string): string[] {
  const seen = new Set<string>();
  return blocks.flatMap((one, index) => {
    const problems: string[] = [];
    if (one.block_id !== undefined && seen.has(one.block_id)) {
      problems.push(`[ERROR] \`block_id\` "${one.block_id}" already exists [json-pointer:${at}/${index}/block_id]`);
    }
    if (one.block_id !== undefined) seen.add(one.block_id);
    if (one.type === 'actions') {
      const ids = one.elements.flatMap((element) => element.action_id ?? []);
      const repeated = ids.find((id, position) => ids.indexOf(id) !== position);
      if (repeated !== undefined) problems.push(`[ERROR] \`action_id\` "${repeated}" already exists [json-pointer:${at}/${index}]`);
    }
    return problems;
  });
}

function unsupportedBlocks(blocks: SlackBlock[], unsupported: readonly string[]): string[] {
  return blocks.flatMap((one, index) =>
    unsupported.includes(one.type) ? [`[ERROR] unsupported type: ${one.type} [json-pointer:/blocks/${index}/type]`] : [],
  );
}

// `plan` and `task_card` exclude each other on the top level (gitlab-org/gitlab!242201); a message holds one table.
function exclusive(blocks: SlackBlock[]): string[] {
  const types = blocks.map((one) => one.type);
  const problems: string[] = [];
  if (types.includes('plan') && types.includes('task_card')) {
    problems.push('[ERROR] plan and task_card blocks cannot be used together [json-pointer:/blocks]');
  }
  if (types.filter((type) => type === 'table').length > 1) problems.push('[ERROR] only_one_table_allowed [json-pointer:/blocks]');
  return problems;
}

function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + textLength(one), 0);
  if (typeof value !== 'object' || value === null) return 0;
  let sum = 0;
  for (const [key, one] of Object.entries(value)) {
    sum += typeof one === 'string' ? (key === 'text' || key === 'title' ? one.length : 0) : textLength(one);
  }
  return sum;
}

function problem(issue: z.core.$ZodIssue, at: string): string {
  const pointer = [at, ...issue.path.map(String)].join('/');
  return `[ERROR] ${wording(issue)} [json-pointer:${pointer}]`;
}

function wording(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'array' ? `no more than ${issue.maximum} items allowed` : `must be less than ${Number(issue.maximum) + 1} characters`;
    case 'too_small':
      return issue.origin === 'array' ? `no fewer than ${issue.minimum} items allowed` : `must be more than ${Number(issue.minimum) - 1} characters`;
    case 'unrecognized_keys':
      return `invalid additional property: ${issue.keys.join(', ')}`;
    case 'invalid_union':
      return 'unsupported type';
    case 'invalid_type':
      return issue.input === undefined ? `missing required field: ${String(issue.path.at(-1) ?? '')}` : `must be a ${issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}
