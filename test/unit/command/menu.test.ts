import { describe, expect, it } from 'vitest';
import { commandMenu, describeMenu } from '../../../src/command/menu.js';
import { commandWords } from '../../../src/command/words.js';

describe('the menu', () => {
  it('has every command that can be typed', () => {
    const words = new Set(commandMenu.map(({ word }) => word));
    // Its word may be left out: a target's name alone asks for its rollback.
    expect(commandWords.filter((word) => !words.has(word))).toEqual(['rollback']);
  });

  it('describes each in one short line, in both languages', () => {
    for (const { description } of commandMenu) {
      for (const line of Object.values(description)) expect(line).toMatch(/^[^\n.]{3,100}$/);
      expect(description.ru).toMatch(/[а-я]/);
    }
  });

  it('shows the configured name of the command', () => {
    expect(describeMenu('planb', 'en').map(({ usage }) => usage)).toContain('/planb approve <run> [reason]');
  });
});
