import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeFormData, encodeFormData, LAST_GOOD, shortHash, type FormData } from '../../../adapters/telegram/form/data.js';
import { nextStep, type FormStep } from '../../../adapters/telegram/form/step.js';
import { FORM_WORDS } from '../../../adapters/telegram/form/words.js';
import type { FormChoices } from '../../../src/ports/chat.js';

const choices: FormChoices = {
  targets: [
    { id: 'shop', title: 'Shop <prod>', releases: [{ name: '1.0.0', note: 'last known good' }, { name: `v${'9'.repeat(120)}`, note: '' }] },
    { id: 'litellm', title: 'LiteLLM', releases: [] },
  ],
};
const step = (form: FormData, reason?: string): FormStep => nextStep(form, choices, FORM_WORDS.en, 'rollback', reason);
const labels = (one: FormStep) => (one.kind === 'ask' ? one.keyboard.inline_keyboard.flat().map((button) => button.text) : []);

describe('what a form button carries', () => {
  it('comes back whole and fits 64 bytes, whatever was chosen', () => {
    const form = fc.record(
      {
        user: fc.bigInt({ min: 1n, max: 2n ** 53n }).map(String),
        target: fc.string().map(shortHash),
        release: fc.oneof(fc.string().map(shortHash), fc.constant(LAST_GOOD)),
        scope: fc.constantFrom('app' as const, 'migration' as const, 'performance' as const, 'security' as const, 'other' as const),
        end: fc.constantFrom('send' as const, 'cancel' as const),
      },
      { requiredKeys: ['user'] },
    );
    fc.assert(
      fc.property(form, (chosen) => {
        const data = encodeFormData(chosen);
        expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
        expect(decodeFormData(data)).toEqual(chosen);
      }),
    );
  });

  it.each(['f:', 'f:abc::::', 'f:1:::::extra', 'f:1:way-too-long::a:', 'x:1::::', ''])('is refused when it is not ours: %s', (data) => {
    expect(decodeFormData(data)).toBeUndefined();
  });
});

describe('the form', () => {
  it('asks for target, release, why, and then offers to send', () => {
    expect(labels(step({ user: '1' }))).toEqual(['Shop <prod>', 'LiteLLM', 'Cancel']);
    const target = shortHash('shop');
    expect(labels(step({ user: '1', target }))[0]).toBe('The last known good');
    expect(labels(step({ user: '1', target }))[1]).toBe('1.0.0 · last known good');
    expect(labels(step({ user: '1', target, release: LAST_GOOD }))).toContain('Security');
    const last = step({ user: '1', target, release: shortHash('1.0.0'), scope: 'security' });
    expect(labels(last)).toEqual(['Ask for a plan', 'Cancel']);
    expect(last.kind === 'ask' && last.text.html).toContain('/rollback shop to 1.0.0 for security because …');
  });

  it('ends in a request, with and without a reason', () => {
    const form: FormData = { user: '1', target: shortHash('shop'), release: LAST_GOOD, scope: 'app' };
    expect(step({ ...form, end: 'send' })).toMatchObject({ kind: 'send', command: { kind: 'request', run: 'rollback', target: 'shop', scope: 'app' } });
    expect(step(form, 'carts are <empty>')).toMatchObject({ kind: 'send', command: { reason: 'carts are <empty>' }, text: { html: expect.stringContaining('because carts are &lt;empty&gt;') as unknown } });
    const named = step({ ...form, release: shortHash(choices.targets[0]?.releases[1]?.name ?? ''), end: 'send' });
    expect(named).toMatchObject({ command: { to: `v${'9'.repeat(120)}` } });
  });

  it('says so when a choice is gone, when there is none, and when it is cancelled', () => {
    expect(step({ user: '1', target: shortHash('gone') })).toEqual({ kind: 'outdated' });
    expect(step({ user: '1', target: shortHash('shop'), release: shortHash('gone') })).toEqual({ kind: 'outdated' });
    expect(nextStep({ user: '1' }, { targets: [] }, FORM_WORDS.ru, 'rollback')).toMatchObject({ kind: 'closed' });
    expect(step({ user: '1', end: 'cancel' })).toMatchObject({ kind: 'closed' });
  });
});
