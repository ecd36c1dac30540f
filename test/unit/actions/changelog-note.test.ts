import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { insertNote } from '../../../jobs/actions/changelog/insert-note.js';

const insert = (text: string, section: 'Changed' | 'Fixed' | 'Security' = 'Changed') => insertNote(text, section, '- note').text;

describe('a note in a changelog', () => {
  it('goes to the end of its section', () => {
    expect(insert('# Changelog\n\n## [Unreleased]\n\n### Changed\n\n- a\n  more\n\n### Fixed\n\n- b\n\n## [1.0.0]\n')).toBe('# Changelog\n\n## [Unreleased]\n\n### Changed\n\n- a\n  more\n- note\n\n### Fixed\n\n- b\n\n## [1.0.0]\n');
    expect(insert('## Unreleased\n### Fixed\n- b\n## 1.0.0\n', 'Fixed')).toBe('## Unreleased\n### Fixed\n- b\n- note\n\n## 1.0.0\n');
    expect(insert('## [Unreleased]\n\n### Security\n', 'Security')).toBe('## [Unreleased]\n\n### Security\n\n- note\n');
  });

  it('makes the section, and Unreleased, where they are missing', () => {
    expect(insert('## [Unreleased]\n\n### Fixed\n\n- b\n\n## [1.0.0]\n\n### Changed\n\n- old\n')).toBe('## [Unreleased]\n\n### Fixed\n\n- b\n\n### Changed\n\n- note\n\n## [1.0.0]\n\n### Changed\n\n- old\n');
    expect(insert('# Changelog\n\nAll changes.\n\n## [1.0.0] - 2026-01-01\n\n- old\n')).toBe('# Changelog\n\nAll changes.\n\n## [Unreleased]\n\n### Changed\n\n- note\n\n## [1.0.0] - 2026-01-01\n\n- old\n');
    expect(insert('# Changelog\n')).toBe('# Changelog\n\n## [Unreleased]\n\n### Changed\n\n- note\n');
    expect(insert('')).toBe('## [Unreleased]\n\n### Changed\n\n- note\n');
  });

  it('stays above the link definitions, keeps line ends and a missing last one', () => {
    expect(insert('## [Unreleased]\n\n### Changed\n\n- a\n\n[Unreleased]: https://x\n')).toBe('## [Unreleased]\n\n### Changed\n\n- a\n- note\n\n[Unreleased]: https://x\n');
    expect(insert('# C\r\n\r\n## [Unreleased]\r\n\r\n### Changed\r\n\r\n- a')).toBe('# C\r\n\r\n## [Unreleased]\r\n\r\n### Changed\r\n\r\n- a\r\n- note\r\n');
  });

  it('is not misled by headings in code blocks and comments', () => {
    const text = '```md\n## [Unreleased]\n### Changed\n```\n<!--\n## Unreleased\n-->\n\n## [1.0.0]\n';
    expect(insert(text)).toBe(text.replace('## [1.0.0]', '## [Unreleased]\n\n### Changed\n\n- note\n\n## [1.0.0]'));
  });

  it('leaves every other byte as it was', () => {
    const line = fc.constantFrom('# Changelog', '## [Unreleased]', '## 1.0.0', '### Changed', '### Fixed', '- a', '  more', '', '  ', '```', '<!--', '-->', '[a]: b', 'text\t');
    fc.assert(fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.boolean(), (lines, ends, ended) => {
      const text = lines.join(ends) + (ended ? ends : '');
      // A text without any line end gives no example.
      const end = text.includes(ends) ? ends : '\n';
      const { text: after, added } = insertNote(text, 'Changed', '- note');
      const at = after.indexOf(`- note${end}`);
      expect(at).toBeGreaterThanOrEqual(0);
      const block = added.map((one) => `${one}${end}`).join('');
      const start = at - block.indexOf('- note');
      // Only a missing last line end may have come as well.
      expect([text, `${text}${end}`]).toContain(after.slice(0, start) + after.slice(start + block.length));
    }));
  });
});
