import { describe, expect, it } from 'vitest';
import picocolors from 'picocolors';
import { coloursFor } from '../../../adapters/cli/colours.js';
import { renderBoard, renderNotice, renderReply } from '../../../adapters/cli/render.js';
import { buildBoard } from '../../../src/board/build.js';
import { moments } from '../board/moments.js';
import { runOf, viewAt } from '../board/sample-run.js';
import { collector } from './run-planb.js';

const plain = picocolors.createColors(false);
const coloured = picocolors.createColors(true);

describe('text for a terminal', () => {
  it('shows emphasis, code, people and links, and says all of it without colours too', () => {
    const reply = { lines: [[{ bold: 'Run' }, ' ', { code: '7KQ' }, ' by ', { person: 'alice' }, ', ', { link: 'board', url: 'https://x.example/1' }]], block: 'a: 1\n\tb: 2' };
    expect(renderReply(reply, plain)).toBe('Run 7KQ by @alice, board https://x.example/1\na: 1\n\tb: 2');
    expect(renderReply(reply, coloured)).toContain('\u001B[1mRun\u001B[22m');
    expect(renderReply(reply, coloured)).toContain('\u001B[36m7KQ\u001B[39m');
  });

  it('lets no text command the terminal', () => {
    const evil = '\u001B[2J\u001B]0;owned\u0007 \u009B31m \u202Egnp\r\n';
    const rendered = [
      renderReply({ lines: [[evil, { bold: evil }, { code: evil }, { link: evil, url: evil }]], block: evil }, plain),
      renderNotice({ locale: 'en', lines: [[evil]], mention: [] }, plain),
    ].join('\n');
    expect(rendered.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E]/u);
    // One line stays one line; a block keeps its own lines.
    expect(renderNotice({ locale: 'en', lines: [[evil]], mention: [] }, plain)).not.toContain('\n');
  });

  it('shows a board with its checklist and no dead buttons', () => {
    const board = renderBoard(buildBoard(runOf(...moments.failed), viewAt('03:17:20')), plain);
    expect(board).toMatch(/^FAILED at .*Put 1\.81\.14 back/);
    expect(board).toContain('  ✔ Back up the database: ');
    expect(board).toContain('  ✘ Put 1.81.14 back: ');
    expect(board).not.toContain('[Retry]');
  });

  it('colours only on a terminal that wants them', () => {
    expect(coloursFor(collector(true), {}).isColorSupported).toBe(true);
    expect(coloursFor(collector(false), {}).isColorSupported).toBe(false);
    expect(coloursFor(collector(true), { NO_COLOR: '1' }).isColorSupported).toBe(false);
    expect(coloursFor(collector(true), { NO_COLOR: '' }).isColorSupported).toBe(true);
    expect(coloursFor(collector(true), { TERM: 'dumb' }).isColorSupported).toBe(false);
  });
});
