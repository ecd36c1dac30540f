import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatCommand } from '../../../src/command/command.js';
import { formatCommand, type TypedCommand } from '../../../src/command/format.js';
import { codePattern } from '../../../src/command/code.js';
import { parseCommand } from '../../../src/command/parse.js';
import { answerWords, glassWords, idPattern, isReleaseName, releasePattern, reservedWords, runPattern, scopeWords, voteWords } from '../../../src/command/words.js';

const parse = (text: string) => parseCommand(text, { command: 'rollback' });
const request = (more: Partial<Extract<ChatCommand, { kind: 'request' }>>): ChatCommand => ({ kind: 'request', run: 'rollback', target: 'litellm', ...more });

describe('parseCommand understands', () => {
  it.each<[string, ChatCommand]>([
    ['', { kind: 'form' }],
    ['  \n', { kind: 'form' }],
    ['litellm', request({})],
    ['  LiteLLM   TO  main-v1.81.14-stable ', request({ to: 'main-v1.81.14-stable' })],
    ['litellm for performance to 1.81.14 because 500s  since deploy', request({ to: '1.81.14', scope: 'performance', reason: '500s  since deploy' })],
    ['litellm because to be safe for now', request({ reason: 'to be safe for now' })],
    ['litellm because "it burns"', request({ reason: 'it burns' })],
    ['litellm because “it burns”', request({ reason: 'it burns' })],
    ['litellm to "1.81.14" for APP', request({ to: '1.81.14', scope: 'app' })],
    ['litellm to ghcr.io/berriai/litellm:main@sha256:abc', request({ to: 'ghcr.io/berriai/litellm:main@sha256:abc' })],
    ['rollback litellm', request({})],
    ['migrate litellm', request({ run: 'migration' })],
    ['Verify litellm because deploy', request({ run: 'verify', reason: 'deploy' })],
    ['run litellm drop-cache to 2', request({ runbook: 'drop-cache', to: '2' })],
    ['run litellm stack with do=restart WITH service=litellm because hangs', request({ runbook: 'stack', params: { do: 'restart', service: 'litellm' }, reason: 'hangs' })],
    ['run litellm repair', request({ run: 'repair', runbook: 'repair' })],
    ['approve 7kq', { kind: 'vote', run: '7KQ', choice: 'approve' }],
    ['reject 7KQ because the dump is old', { kind: 'vote', run: '7KQ', choice: 'reject', reason: 'the dump is old' }],
    ['reject 7KQ the dump is old', { kind: 'vote', run: '7KQ', choice: 'reject', reason: 'the dump is old' }],
    ['RETRY 7KQ', { kind: 'answer', run: '7KQ', answer: 'retry' }],
    ['done', { kind: 'word', word: 'done' }],
    ['stop because enough', { kind: 'word', word: 'stop', reason: 'enough' }],
    ['status', { kind: 'status' }],
    ['status 7kq', { kind: 'status', run: '7KQ' }],
    ['history', { kind: 'history' }],
    ['history LiteLLM', { kind: 'history', target: 'litellm' }],
    ['backups litellm', { kind: 'backups', target: 'litellm' }],
    ['unhold litellm', { kind: 'unhold', target: 'litellm' }],
    ['note 7KQ provider called back', { kind: 'note', run: '7KQ', text: 'provider called back' }],
    ['Targets', { kind: 'targets' }],
    ['whoami', { kind: 'whoami' }],
    ['help me please', { kind: 'help' }],
  ])('%j', (text, command) => {
    expect(parse(text)).toEqual(command);
  });
});

describe('parseCommand says what it expected of', () => {
  it.each<[string, string, string | undefined, string | undefined]>([
    ['aprove 7KQ', 'unknown-command', undefined, 'approve'],
    ['!!!', 'unknown-command', '/rollback help', undefined],
    ['litellm 1.81.14', 'malformed-command', '/rollback litellm to 1.81.14', undefined],
    ['litellm for security 1.81.14', 'malformed-command', '/rollback litellm for security to 1.81.14', undefined],
    ['litellm becuase slow', 'malformed-command', expect.stringContaining('/rollback <target> [to'), 'because'],
    ['litellm to', 'malformed-command', expect.stringContaining('/rollback litellm to <release>: at most 128'), undefined],
    ['litellm to "1.81 beta"', 'malformed-command', expect.stringContaining('to <release>'), undefined],
    ['litellm to -rf', 'malformed-command', expect.stringContaining('to <release>'), undefined],
    ['litellm to a/../../b', 'malformed-command', expect.stringContaining('to <release>'), undefined],
    ['litellm to ${env:TOKEN}', 'malformed-command', expect.stringContaining('to <release>'), undefined],
    [`litellm to ${'9'.repeat(129)}`, 'malformed-command', expect.stringContaining('to <release>'), undefined],
    ['litellm to 1 to 2', 'malformed-command', expect.stringContaining('[to <release>]'), 'to'],
    ['litellm for perfomance', 'malformed-command', '/rollback litellm for app|migration|performance|security|other', 'performance'],
    ['run litellm stack with do', 'malformed-command', '/rollback litellm with <name>=<value>, each name once', undefined],
    ['run litellm stack with do=a with do=b', 'malformed-command', '/rollback litellm with <name>=<value>, each name once', undefined],
    ['run litellm stack with token=${env:TOKEN}', 'malformed-command', '/rollback litellm with <name>=<value>, each name once', undefined],
    ['litellm because', 'malformed-command', '/rollback litellm because <reason>', undefined],
    ['repair', 'malformed-command', expect.stringContaining('/rollback repair <target>'), undefined],
    ['run litellm', 'malformed-command', expect.stringContaining('/rollback run <target> <runbook>'), undefined],
    ['note 7KQ', 'malformed-command', '/rollback note <run> <text>', undefined],
    ['unhold', 'malformed-command', '/rollback unhold <target>', undefined],
    ['approve 7KQ because', 'malformed-command', '/rollback approve <run> [reason]', undefined],
    ['status 7KQ now', 'malformed-command', '/rollback status [run]', undefined],
    ['targets please', 'malformed-command', '/rollback targets', undefined],
  ])('%j', (text, why, expected, nearest) => {
    expect(parse(text)).toEqual({ kind: 'unparsed', text, why, ...(expected === undefined ? {} : { expected }), ...(nearest === undefined ? {} : { nearest }) });
  });

  it('takes a word for a slip of the pen only where it knows the targets', () => {
    expect(parse('staus')).toEqual({ kind: 'request', run: 'rollback', target: 'staus' });
    const known = (text: string) => parseCommand(text, { command: 'planb', targets: ['litellm', 'statue'] });
    expect(known('staus')).toMatchObject({ kind: 'unparsed', why: 'unknown-command', nearest: 'status' });
    expect(known('statue')).toMatchObject({ kind: 'request', target: 'statue' });
    // Nearer to a target: the unknown target is refused with the right one.
    expect(known('litelm')).toMatchObject({ kind: 'request', target: 'litelm' });
  });
});

describe('what people cannot see does not get in', () => {
  it('drops marks that turn the writing, control characters and halves of characters', () => {
    expect(parse('litellm because a\u202Eb\u0000c\nd\uD800e')).toEqual(request({ reason: 'ab c d\uFFFDe' }));
  });
});

const id = fc.stringMatching(idPattern).filter((word) => !reservedWords.includes(word));
const run = fc.stringMatching(runPattern).filter((word) => word !== 'BECAUSE' && !codePattern.test(word));
const code = fc.stringMatching(codePattern);
const release = fc.stringMatching(releasePattern).filter(isReleaseName);
/** Reasons as they are stored: what the parser makes of any text. */
const reason = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .map((text) => parse(`x because because ${text}`))
  .map((parsed) => (parsed.kind === 'request' ? (parsed.reason ?? '').replace(/^because\s*/iu, '') : ''))
  .filter((text) => text !== '' && !/^\d{3} ?\d{3}$/.test(text));

const optional = <T>(name: string, arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary).map((value) => (value === null ? {} : { [name]: value }));
const joined = (...parts: fc.Arbitrary<object>[]) => fc.tuple(...parts).map((all) => Object.assign({}, ...all) as TypedCommand);

const parameters = fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z0-9_]{0,9}$/), fc.stringMatching(/^[A-Za-z0-9=.:/-]{1,20}$/), { minKeys: 1, maxKeys: 3, noNullPrototype: true });

const command: fc.Arbitrary<TypedCommand> = fc.oneof(
  fc.constantFrom<TypedCommand>({ kind: 'form' }, { kind: 'targets' }, { kind: 'status' }, { kind: 'history' }, { kind: 'whoami' }, { kind: 'help' }),
  joined(
    fc.record({ kind: fc.constant('request'), run: fc.constantFrom('rollback', 'repair', 'upgrade', 'migration', 'preflight', 'verify'), target: id }),
    optional('to', release),
    optional('scope', fc.constantFrom(...scopeWords)),
    optional('reason', reason),
  ),
  joined(fc.record({ kind: fc.constant('request'), run: fc.constant('rollback'), target: id, runbook: id.filter((name) => !['repair', 'upgrade', 'migration', 'preflight', 'verify'].includes(name)) }), optional('to', release), optional('params', parameters), optional('reason', reason)),
  joined(fc.record({ kind: fc.constant('vote'), run, choice: fc.constantFrom(...voteWords) }), optional('reason', reason), optional('code', code)),
  joined(fc.record({ kind: fc.constant('answer'), run, answer: fc.constantFrom(...answerWords) }), optional('reason', reason), optional('code', code)),
  joined(fc.record({ kind: fc.constant('break-glass'), run }), optional('reason', reason), optional('code', code)),
  joined(fc.record({ kind: fc.constant('word'), word: fc.constantFrom(...voteWords, ...answerWords, ...glassWords) }), optional('reason', reason), optional('code', code)),
  joined(fc.record({ kind: fc.constantFrom('backups', 'unhold', 'history'), target: id })),
  joined(fc.record({ kind: fc.constant('status'), run })),
  joined(fc.record({ kind: fc.constant('note'), run, text: reason })),
);

describe('properties', () => {
  it('any text yields a command, and what it yields can be stored as JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parse(text);
        expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed);
        expect(JSON.stringify(parsed)).not.toMatch(/\\u0000|\\ud[89a-f]/i);
      }),
      { numRuns: 2_000 },
    );
  });

  it('any sentence of the language\'s own words yields a command', () => {
    const words = fc.constantFrom('to', 'for', 'because', 'approve', 'run', 'note', 'shop', '7KQ', '""', '"', '”', 'status', 'app', '1.0', '<', '-', '\u0000');
    fc.assert(fc.property(fc.array(words, { maxLength: 8 }), (said) => { expect(parse(said.join(' '))).toHaveProperty('kind'); }), { numRuns: 2_000 });
  });

  it('a command written out parses back to itself', () => {
    fc.assert(fc.property(command, (written) => { expect(parse(formatCommand(written))).toEqual(written); }), { numRuns: 2_000 });
  });
});
