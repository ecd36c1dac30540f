import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { hostileText, METACHARACTERS } from './texts.js';

/** How a request proves where it comes from; only `valid` does. */
export type Proof = 'valid' | 'forged' | 'stale' | 'future' | 'absent' | 'empty' | 'other-body' | 'replayed';
const proof = fc.oneof({ weight: 6, arbitrary: fc.constant<Proof>('valid') }, { weight: 4, arbitrary: fc.constantFrom<Proof>('forged', 'stale', 'future', 'absent', 'empty', 'other-body', 'replayed') });

/** One generated request to one path. */
export interface Generated {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** `chunked`: in pieces without a length. */
  readonly framing: 'length' | 'chunked';
  readonly proof: Proof;
}

/** What is written to the socket as it is: what no HTTP client would send. */
export const brokenBytes = (path: string, method: string): readonly string[] => [
  `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello`, `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  `${method} ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nx`, `${method} ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n`, `${method} ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n`,
  `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n`, `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n`, `${method} ${path} HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(3_000)}\r\n`, `${method} ${path}?${'q'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
  `${method} ${path} HTTP/9.9\r\n\r\n`, `${method} ${path}\r\n\r\n`, `\u0000\u0001\u0002\r\n\r\n`, `${method} http://[ HTTP/1.1\r\nhost: x\r\n\r\n`, `${method} //evil.example${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, `${method} ${path} HTTP/1.1\r\nhost: x\r\nexpect: 200-ok\r\ncontent-length: 1\r\n\r\nx`,
  `${method} ${path} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\ncontent-length: 0\r\n\r\n`, `CONNECT evil.example:443 HTTP/1.1\r\nhost: x\r\n\r\n`, `${method} ${path} HTTP/1.1\r\nhost: x\r\nx: \u0000\r\n\r\n`, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`, `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf`,
];

const scalar = fc.oneof(hostileText.map((text) => text.slice(0, 2_000)), fc.constantFrom<unknown>(null, true, false, 0, -1, 1e308, 2 ** 53, '', [], {}, '\u0000', '__proto__', 'U01ALICE', '1700000000.000100', ...METACHARACTERS));
const deep = fc.constantFrom(['[', ']'], ['{"a":', '}'], ['{"event":', '}'], ['[{"type":', '}]']).chain(([open = '', close = '']) => fc.constantFrom(50, 1_000, 20_000).map((depth) => `${open.repeat(depth)}1${close.repeat(depth)}`));
const anyJson = fc.oneof(fc.jsonValue({ maxDepth: 4 }), scalar);

interface Mutation { readonly steps: readonly number[]; readonly how: 'replace' | 'delete' | 'add' | 'wrap'; readonly value: unknown }
const mutation: fc.Arbitrary<Mutation> = fc.record({ steps: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), how: fc.constantFrom('replace' as const, 'replace' as const, 'delete' as const, 'add' as const, 'wrap' as const), value: anyJson });

/** Changes one place of a JSON value; where it is depends on the steps. */
function mutate(value: unknown, { steps: [first = 0, ...steps], how, value: put }: Mutation): unknown {
  if (typeof value !== 'object' || value === null) return how === 'wrap' ? [value] : put;
  const entries: [string, unknown][] = Object.entries(value);
  const [key, inner] = entries[first % Math.max(1, entries.length)] ?? ['x', undefined];
  const changed = (): [string, unknown][] => {
    if (how === 'add') return [...entries, [['__proto__', 'constructor', 'x', 'type', 'bot_id'][first % 5] ?? 'x', put]];
    const rest = entries.filter(([other]) => other !== key);
    if (steps.length > 0 && typeof inner === 'object' && inner !== null) return [...rest, [key, mutate(inner, { steps, how, value: put })]];
    return how === 'delete' ? rest : [...rest, [key, how === 'wrap' ? [inner] : put]];
  };
  return Array.isArray(value) ? changed().map(([, item]) => item) : Object.fromEntries(changed());
}

/** A payload with up to three places changed; none is what the platform itself would send. */
export function payloadsLike(templates: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.tuple(fc.constantFrom(...templates), fc.array(mutation, { maxLength: 3 })).map(([template, mutations]) => mutations.reduce(mutate, template));
}

/** A body that is JSON of these, or only looks so, or is nothing of the kind. */
export function bodies(payloads: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> {
  const json = payloads.map((payload) => Buffer.from(JSON.stringify(payload)));
  return fc.oneof(
    { weight: 40, arbitrary: json },
    { weight: 4, arbitrary: fc.tuple(json, fc.nat(), fc.uint8Array({ maxLength: 4 })).map(([bytes, at, put]) => Buffer.concat([bytes.subarray(0, at % (bytes.length + 1)), put, bytes.subarray(at % (bytes.length + 1))])) },
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 2, arbitrary: deep.map((text) => Buffer.from(text)) },
    { weight: 2, arbitrary: anyJson.map((value) => Buffer.from(JSON.stringify(value))) },
    { weight: 1, arbitrary: fc.constantFrom('', '{', 'null', '[]', '""', '1', '\ufeff{}', '{"a":1}{"b":2}', '\u0000').map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.noShrink(fc.constantFrom(1024 * 1024 - 1, 1024 * 1024 + 1, 2 * 1024 * 1024).map((size) => Buffer.alloc(size, 'a'))) },
  );
}

const contentType = fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'image/png', '', ';;;', 'APPLICATION/X-WWW-FORM-URLENCODED; CHARSET="x"') });
const framing = fc.constantFrom('length' as const, 'length' as const, 'length' as const, 'chunked' as const);

/** `type`: what the platform says that its body is; some say something else. */
export function postsTo(path: string, body: fc.Arbitrary<{ readonly body: Buffer; readonly type: string }>): fc.Arbitrary<Generated> {
  return fc.record({ given: body, type: contentType, framing, proof, retry: fc.constantFrom(undefined, '1', 'x', '-1') }).map(({ given, type, retry, ...rest }) => ({
    method: 'POST', path, headers: { 'content-type': type ?? given.type, ...(retry === undefined ? {} : { 'x-slack-retry-num': retry, 'x-slack-retry-reason': 'http_timeout' }) }, body: rest.proof === 'valid' || rest.proof === 'replayed' ? given.body : Buffer.from(given.body.toString('latin1').replaceAll(/alice/gi, 'FORGED'), 'latin1'), ...rest,
  }));
}

/** Requests that only look, and such as have no business there. */
export function looksAt(paths: fc.Arbitrary<string>): fc.Arbitrary<Generated> {
  const method = fc.oneof({ weight: 8, arbitrary: fc.constant('GET') }, { weight: 2, arbitrary: fc.constantFrom('HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND') });
  const query = fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 3, arbitrary: fc.tuple(fc.constantFrom('key', 'key[]', '', 'x'), hostileText).map(([name, value]) => `?${name}=${encodeURIComponent(value.replace(/\p{Cs}/gu, '')).slice(0, 3_000)}`) }, { weight: 1, arbitrary: fc.constantFrom('?', '?key', '?key=%', '?key=%00', '?key=%ff%fe', '?key=a&key=b', '?%', '#x') });
  return fc.record({ method, path: paths, query, body: fc.oneof(fc.constant(''), fc.constant('x'.repeat(10))), framing, proof: fc.constant<Proof>('absent') }).map(({ method: asked, path, query: behind, body, ...rest }) => ({
    method: asked, path: path + behind, headers: {}, body: Buffer.from(asked === 'GET' || asked === 'HEAD' || asked === 'TRACE' ? '' : body), ...rest,
  }));
}

/** Slack's two headers for this proof; a replay has the same timestamp as its original. */
export function slackHeaders(secret: string, kind: Proof, body: Buffer, nowMs: number): Readonly<Record<string, string>> {
  if (kind === 'absent') return {};
  if (kind === 'empty') return { 'x-slack-signature': '', 'x-slack-request-timestamp': '' };
  const seconds = Math.floor(nowMs / 1_000) + (kind === 'stale' ? -400 : kind === 'future' ? 400 : 0);
  const signed = kind === 'other-body' ? Buffer.concat([body, Buffer.from(' ')]) : body;
  const key = kind === 'forged' ? `${secret.slice(1)}x` : secret;
  return { 'x-slack-signature': `v0=${createHmac('sha256', key).update(`v0:${String(seconds)}:`).update(signed).digest('hex')}`, 'x-slack-request-timestamp': String(seconds) };
}
