import { expect, test } from 'vitest';
import { planningErrorText } from '../../../src/board/planning-error.js';
import { emptyRun } from '../../../src/run/state.js';

test('a question that planning ends with is asked in the language of the board', () => {
  const state = { ...emptyRun('AAAAA'), planningError: { code: 'data-open', message: 'Bring everything back?', details: { ru: 'Вернуть всё?' } } };
  const textIn = (locale: 'en' | 'ru') => planningErrorText(state, { locale, now: 0, people: (id) => id });
  expect(textIn('en')).toBe('Bring everything back?');
  expect(textIn('ru')).toBe('Вернуть всё?');
});
