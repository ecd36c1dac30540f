import fc from 'fast-check';
import { answerWords, commandWords, joiningWords, scopeWords } from '../../../src/command/words.js';

/** What means something to a shell, to SQL, to printf, to an option parser, to a template. */
export const METACHARACTERS = [
  '$(touch x)', '`touch x`', "'; DROP TABLE orders; --", '" OR 1=1 --', 'a\nb', '--flag', '-x', '%n%s%d', "it's", '"', '\\', '${HOME}', '${env:TOKEN}', '${{ params.to }}', '{{.Env}}', '&& id', '| id', '> x', '*', '~root', '!x', '#', '$$', ';',
] as const;

/** What means something to Slack, to Telegram, to HTML, to Markdown, to a terminal, or to whoever reads from right to left. */
export const MARKUP = [
  '<!channel>', '<!here>', '<!subteam^S1>', '<@U666>', '<https://evil.example|Approve>', 'https://evil.example/', '*VOTES 2/2*', '_x_', '~x~', '`code`', '```', '&lt;', '&amp;#60;', '<b>', '</b>', '</pre>', '<a href="tg://user?id=666">Bob</a>',
  '<tg-spoiler>', '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='x", 'javascript:alert(1)', '[Approve](https://evil.example)', '![x](https://evil.example/x.png)', '| a | b |', '# heading', '\u001b[2J', '\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007',
  '\u009b31m', '\u0007', '\b\b\b', '\u0000', '\u202e', '\u2066', '\u200f', '\u061c', '\u200b', '\ufeff', '\u2028', '\ud800', '\udc00', '\r', '\n', '\t', '\u0085', '\ufffe',
] as const;

/** Few and many, in a row: what makes a careless expression take its square. */
const longRun = fc.tuple(fc.constantFrom(' ', 'a', 'a.', '<', '<a', '\n', ' \n', '"', '${', '://', 'a://', 'ab12', '\u202e', '🐎', '\u0000', '(', '[', '{'), fc.constantFrom(10, 300, 4_000, 30_000))
  .map(([unit, times]) => unit.repeat(times));

const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ maxLength: 60 }));

/** Text from anywhere: people, programs, databases. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 40, arbitrary: fc.array(fc.oneof(fc.constantFrom(...MARKUP), fc.constantFrom(...METACHARACTERS), anything), { maxLength: 8 }).map((parts) => parts.join('')) },
  { weight: 6, arbitrary: anything },
  { weight: 1, arbitrary: longRun },
);

const word = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<string>(...commandWords, ...answerWords, ...joiningWords, ...scopeWords, 'form', 'shop', 'litellm', 'rollback', '7KQ', '1.81.14', 'v1', 'service=web', 'url=http://169.254.169.254/', 'planb', '@planb') },
  { weight: 2, arbitrary: fc.constantFrom(...METACHARACTERS, ...MARKUP) },
  { weight: 1, arbitrary: anything },
);
const slip = (text: string, at: number, other: string): string => {
  const place = at % (text.length + 1);
  return text.slice(0, place) + other + text.slice(place + (at % 3));
};

/** What somebody might say to planb: the grammar's own words in any order, with slips of the pen, and text from anywhere. */
export const chatText: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.array(fc.tuple(word, fc.constantFrom(' ', ' ', ' ', '  ', '\n', '\t', '\u00a0', '\u3000', '')), { maxLength: 12 }).map((words) => words.map((pair) => pair.join('')).join('')) },
  { weight: 6, arbitrary: fc.tuple(fc.array(word, { minLength: 1, maxLength: 8 }), fc.nat(), fc.oneof(fc.constantFrom(...MARKUP, '', 'x'), fc.string({ unit: 'binary', maxLength: 3 }))).map(([words, at, other]) => slip(words.join(' '), at, other)) },
  { weight: 4, arbitrary: hostileText },
);
