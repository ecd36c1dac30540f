import { randomBytes } from 'node:crypto';
import { checkView, type ViewDefinition } from './blocks/validate.js';
import { type Method, type MethodArguments, SlackRefusal } from './method.js';
import type { SlackView } from './model.js';
import type { SlackStore } from './store.js';
import { viewToWire } from './wire.js';

/** A modal stack holds at most three views. */
const MAX_STACK = 3;

/** Puts a view on top of a user's stack. */
export function pushView(store: SlackStore, userId: string, definition: ViewDefinition): SlackView {
  const previous = store.topView(userId);
  const view: SlackView = {
    id: store.newId('V'),
    userId,
    hash: newHash(),
    definition,
    ...(previous ? { previousId: previous.id } : {}),
    errors: {},
  };
  store.views.set(view.id, view);
  store.changed('view');
  return view;
}

export function replaceView(store: SlackStore, view: SlackView, definition: ViewDefinition): void {
  view.definition = definition;
  view.hash = newHash();
  view.errors = {};
  store.changed('view');
}

/** Closes a view, or with `all` the user's whole stack. */
export function closeViews(store: SlackStore, view: SlackView, all: boolean): void {
  for (const other of [...store.views.values()]) {
    if (other.id === view.id || (all && other.userId === view.userId)) store.views.delete(other.id);
  }
  store.changed('view');
}

function newHash(): string {
  return `${Math.floor(Date.now() / 1000)}.${randomBytes(4).toString('hex')}`;
}

function readView(args: MethodArguments): ViewDefinition {
  const checked = checkView(args.structured('view', 'invalid_arguments'));
  if (!checked.ok) throw new SlackRefusal(checked.error, checked.problems);
  return checked.value;
}

function openOrPush(args: MethodArguments, store: SlackStore, userId: string, fresh: boolean): Record<string, unknown> {
  const definition = readView(args);
  const below = store.topView(userId);
  if (fresh && below) closeViews(store, below, true);
  const depth = [...store.views.values()].filter((view) => view.userId === userId).length;
  if (depth >= MAX_STACK) throw new SlackRefusal('push_limit_reached');
  return { view: viewToWire(pushView(store, userId, definition), store) };
}

const open =
  (fresh: boolean): Method =>
  (args, { store, triggers }) => {
    readView(args);
    const trigger = triggers.redeem(args.required('trigger_id'));
    if ('error' in trigger) throw new SlackRefusal(trigger.error);
    return openOrPush(args, store, trigger.userId, fresh);
  };

const update: Method = (args, { store }) => {
  const definition = readView(args);
  const externalId = args.text('external_id');
  const view = externalId
    ? [...store.views.values()].find((one) => one.definition.external_id === externalId)
    : store.views.get(args.required('view_id'));
  if (!view) throw new SlackRefusal('not_found');
  const hash = args.text('hash');
  if (hash !== undefined && hash !== view.hash) throw new SlackRefusal('hash_conflict');
  replaceView(store, view, definition);
  return { view: viewToWire(view, store) };
};

export const viewMethods: Record<string, Method> = { 'views.open': open(true), 'views.push': open(false), 'views.update': update };
