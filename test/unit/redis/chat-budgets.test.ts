import { describe, expect, it } from 'vitest';

import { budgetsFor } from '../../../adapters/redis/chat-budgets.js';

const perMinute = ({ points, seconds }: { readonly points: number; readonly seconds: number }) => (points * 60) / seconds;

function budget(name: string, charges: ReturnType<typeof budgetsFor>) {
  const found = charges.find((charge) => charge.budget.name === name);
  if (found === undefined) throw new Error(`${name} is not charged`);
  return found.budget;
}

describe('the budgets stay below the published limits', () => {
  it('of Slack', () => {
    expect(perMinute(budget('slack-edits', budgetsFor('edit', 'slack', 'C1', true)))).toBeLessThan(50);
    expect(perMinute(budget('slack-posts', budgetsFor('post', 'slack', 'C1', true)))).toBeLessThan(300);
    expect(budget('slack-channel', budgetsFor('post', 'slack', 'C1', true))).toMatchObject({ points: 1, seconds: 1 });
  });

  it('of Telegram', () => {
    const charges = budgetsFor('edit', 'telegram', '-1001', true);
    expect(perMinute(budget('telegram-group', charges))).toBeLessThan(20);
    expect(perMinute(budget('telegram-overall', charges))).toBeLessThan(30 * 60);
    expect(budget('telegram-chat', charges)).toMatchObject({ points: 1, seconds: 1 });
  });
});

describe('what a sending counts against', () => {
  it('is the group only in a group', () => {
    const names = (channel: string) => budgetsFor('post', 'telegram', channel, true).map((charge) => charge.budget.name);
    expect(names('-1001')).toContain('telegram-group');
    expect(names('1001')).not.toContain('telegram-group');
  });

  it.each(['slack', 'telegram'] as const)('leaves urgent sendings on %s a third or more that progress cannot take', (platform) => {
    const progress = budgetsFor('edit', platform, '-1001', false).filter(({ budget: { name } }) => name.endsWith('-progress'));
    expect(progress.length).toBeGreaterThan(0);
    for (const { budget: part } of progress) {
      const whole = budgetsFor('edit', platform, '-1001', true).find(({ budget: { name } }) => part.name === `${name}-progress`)?.budget;
      expect(whole?.seconds).toBe(part.seconds);
      expect(part.points / (whole?.points ?? 0)).toBeLessThanOrEqual(2 / 3);
    }
  });
});
