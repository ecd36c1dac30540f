import { createHash } from 'node:crypto';

/** The page's only style: readable on a phone at night, in daylight and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --soft: #5b6570; --line: #d9dee3; --page: #ffffff; --good: #18794e; --bad: #b42318; --wait: #8a5a00; --mark: #f4f6f8; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --soft: #9aa5b1; --line: #343b43; --page: #14181c; --good: #4cc38a; --bad: #ff8a7a; --wait: #f0b429; --mark: #1d2329; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; padding-left: .75rem; border-left: .35rem solid var(--soft); overflow-wrap: anywhere; }
h1.good { border-color: var(--good); } h1.bad { border-color: var(--bad); } h1.waiting, h1.question { border-color: var(--wait); }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; } dd.wide { grid-column: 1 / -1; }
ol { list-style: none; margin: 0; padding: 0; }
ol li { display: flex; gap: .75rem; padding: .35rem 0; border-bottom: 1px solid var(--line); }
ol li .sign { flex: 0 0 1.5rem; text-align: center; } ol li .what { flex: 1; overflow-wrap: anywhere; } ol li .note { color: var(--soft); }
li.done .sign { color: var(--good); } li.failed .sign, li.unknown .sign { color: var(--bad); } li.waiting .sign, li.running .sign { color: var(--wait); }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td.at { white-space: nowrap; font-variant-numeric: tabular-nums; color: var(--soft); }
code, pre { font: .9em/1.45 ui-monospace, monospace; background: var(--mark); border-radius: .25rem; }
code { padding: .1em .3em; } pre { padding: .75rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0 0; }
footer { margin-top: 2rem; color: var(--soft); font-size: .875rem; }
@media print { :root { --text: #000; --soft: #444; --page: #fff; --mark: #fff; } body { font-size: 11pt; } main { max-width: none; padding: 0; } li, tr { break-inside: avoid; } }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
`;

/** For Content-Security-Policy: this style and no other. */
export const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
