import type { RunState } from '../run/state.js';
import { isReasonCode, refusalSentence } from './refusals.js';
import type { MessageView } from './view.js';

/** Why there is no plan: in the board's language where the reason is one of planb's own, else as it was found. */
export function planningErrorText(state: RunState, view: Pick<MessageView, 'locale' | 'now' | 'people'>): string | undefined {
  const error = state.planningError;
  if (error === undefined) return undefined;
  if (!isReasonCode(error.code)) return (view.locale === 'ru' ? error.details?.['ru'] : undefined) ?? error.message;
  return refusalSentence({ code: error.code, details: error.details ?? {} }, { locale: view.locale, now: view.now, people: view.people, command: '/rollback' });
}
