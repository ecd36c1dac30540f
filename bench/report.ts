import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { comparedValue, isWithin, median, type Figure } from './line.js';

export interface LineResult {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  /** When it was measured, ISO 8601 UTC; absent in older results. */
  readonly at?: string;
  readonly loadAtStart: number;
  readonly figures: readonly Figure[];
  /** Why there are no figures. */
  readonly failed?: string;
}

export interface Report {
  readonly at: string;
  readonly quick: boolean;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly lines: readonly LineResult[];
}

export function describeMachine(postgres: string): Report['machine'] {
  return {
    cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30), kernel: release(), node: process.version,
    postgres: execFileSync(postgres, ['--version'], { encoding: 'utf8' }).trim(), loadAtStart: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** Lines that were measured again take the place of those of an earlier report. */
export function merged(earlier: Report, later: Report): Report {
  const again = new Map(later.lines.map((line) => [line.name, line]));
  const kept = earlier.lines.map((line) => again.get(line.name) ?? line);
  return { ...later, lines: [...kept, ...later.lines.filter(({ name }) => !earlier.lines.some((line) => line.name === name))] };
}

const rounded = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** The report as Markdown table rows: one a figure. */
export function table(report: Report): string {
  const rows = report.lines.flatMap(({ title, figures, failed, loadAtStart }) => (failed === undefined
    ? figures.map((figure) => [title, figure.what, say(figure.planb), figure.peer === undefined ? '' : say(figure.peer), sayCompared(figure), `${figure.budget.is === 'at most' ? '≤' : '≥'} ${figure.budget.value}`, isWithin(figure) ? 'yes' : '**no**', loadAtStart.toFixed(1)])
    : [[title, `failed: ${failed.split('\n')[0] ?? ''}`, '', '', '', '', '**no**', loadAtStart.toFixed(1)]]));
  const head = ['line', 'what', 'planb', 'peer', 'compared', 'budget', 'within', 'load'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function say({ name, unit, rounds }: Figure['planb']): string {
  return `${name} ${rounded(median(rounds))} ${unit}`;
}

function sayCompared(figure: Figure): string {
  return figure.compared === 'ratio' ? `${rounded(comparedValue(figure))} ×` : `${rounded(comparedValue(figure))} ${figure.planb.unit}`;
}

const [rowHeight, labelWidth, plotWidth] = [26, 430, 320];
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Every figure as a bar of its budget: the line in the middle is the budget, shorter than it is better (where more is better, the bar is turned round). */
export function plot(report: Report): string {
  const bars = report.lines.flatMap(({ title, figures }) => figures.map((figure) => ({ label: `${title}, ${figure.what}`, share: figure.budget.is === 'at most' ? comparedValue(figure) / figure.budget.value : figure.budget.value / comparedValue(figure) })));
  const height = rowHeight * (bars.length + 1);
  const rows = bars.map(({ label, share }, index) => {
    const y = rowHeight * (index + 1);
    const width = Math.min(share, 2) * (plotWidth / 2);
    return `<text x="${labelWidth - 8}" y="${y + 12}" text-anchor="end">${escaped(label)}</text><rect x="${labelWidth}" y="${y}" width="${width.toFixed(1)}" height="16" fill="${share <= 1 ? '#2e7d32' : '#c62828'}"/><text x="${(labelWidth + width + 6).toFixed(1)}" y="${y + 12}">${share.toFixed(2)}</text>`;
  });
  const middle = labelWidth + plotWidth / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${labelWidth + plotWidth + 60}" height="${height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/><text x="${middle}" y="14" text-anchor="middle">budget = 1</text>${rows.join('')}<line x1="${middle}" y1="18" x2="${middle}" y2="${height}" stroke="#000"/></svg>\n`;
}
