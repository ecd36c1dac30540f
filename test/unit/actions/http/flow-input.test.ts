import { describe, expect, it } from 'vitest';

import { parseJsonPlace, readPlace } from '../../../../jobs/actions/http/json-place.js';
import { httpFlowAction } from '../../../../jobs/actions/http-flow.js';
import { smokeTests } from '../../../support/app-server.js';

const problems = (raw: object): readonly string[] => httpFlowAction.input.safeParse(raw).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
const one = (request: object, more: object = {}): object => ({ baseUrl: 'http://127.0.0.1:1', ...more, requests: [{ name: 'a', ...request }] });

describe('what http.flow refuses before anything is asked', () => {
  it.each<[string, object, string]>([
    ['an unknown name', one({ path: '/x/{tokn}' }, { vars: { token: 'x' } }), 'requests.0.path: there is no {tokn}; did you mean {token}?'],
    ['a name deep in a body', one({ method: 'POST', path: '/x', json: { a: [{ b: 'c {d}' }] } }), 'requests.0.json.a.0.b: there is no {d}'],
    ['a name that comes later', { requests: [{ name: 'a', url: 'http://h/{id}' }, { name: 'b', url: 'http://h/', capture: { id: '$.id' } }] }, 'requests.0.url: {id} is captured only later'],
    ['its own name', one({ path: '/{id}', capture: { id: '$.id' } }), 'requests.0.path: {id} is captured only later'],
    ['two of a name', one({ path: '/', capture: { id: '$.id' } }, { vars: { id: 'x' } }), 'requests.0.capture.id: {id} is there already'],
    ['a name of planb', one({ path: '/' }, { vars: { run: 'x' } }), "vars.run: {run} is planb's own"],
    ['a secret outside of vars', one({ path: '/', headers: { authorization: 'Bearer ${env:TOKEN}' } }), 'requests.0.headers.authorization: a secret goes into vars, and its {name} here'],
    ['a wildcard', one({ path: '/', capture: { id: '$.items[*].id' } }), 'requests.0.capture.id: write a place in the answer, as in $.access_token, or header:NAME'],
    ['two bodies', one({ method: 'POST', path: '/', json: {}, body: 'x' }), 'requests.0.body: it has json and body: a request has one body'],
    ['a body to GET', one({ path: '/', body: 'x' }), 'requests.0.body: GET has no body: write the method'],
    ['waiting with POST', one({ method: 'POST', path: '/', within: '10s' }), 'requests.0.within: POST would be made again and again: say with retry how often it may be'],
    ['no address', one({}), 'requests.0: give it either path or url'],
    ['a path of nothing', { requests: [{ name: 'a', path: '/x' }] }, 'requests.0.path: a path needs baseUrl'],
    ['a host that an answer would choose', one({ url: 'http://{run}.example.org/' }), 'requests.0.url: write a whole address, its host without {names}'],
  ])('%s', (_what, raw, problem) => {
    expect(problems(raw)).toEqual([problem]);
  });

  it('takes expressions for what they are: not names', () => {
    expect(problems(one({ path: '/${{ run.id }}/${{run}}' }))).toEqual([]);
  });
});

describe('what people vote on', () => {
  const described = httpFlowAction.describe(httpFlowAction.input.parse(smokeTests('http://shop')), { facts: [] });

  it('is every request, with names in place of values', () => {
    expect(described).toMatchObject({ effect: 'idempotent', destructive: false });
    expect(described.commands).toContain('# {operator} is ${env:OPERATOR_TOKEN}');
    expect(described.commands).toContain(`curl -sS -i -X POST --json '{"email":"{email}","password":"Pw-{unique}"}' http://shop/auth/login   # login: 200; {token} from $.access_token`);
  });

  it('is called destructive where a DELETE names what the flow did not make', () => {
    const foreign = httpFlowAction.describe(httpFlowAction.input.parse(one({ name: 'purge', method: 'DELETE', path: '/orders' })), { facts: [] });
    expect(foreign).toMatchObject({ destructive: true, lost: ['what purge deletes: http://127.0.0.1:1/orders'] });
    const own = httpFlowAction.describe(httpFlowAction.input.parse(one({ method: 'DELETE', path: '/orders/{name}' }, { vars: { name: 'smoke-{unique}' } })), { facts: [] });
    expect(own.destructive).toBe(false);
    expect(httpFlowAction.describe(httpFlowAction.input.parse(one({ path: '/' })), { facts: [] }).effect).toBe('read');
  });
});

describe('a place in an answer', () => {
  it.each<[string, unknown]>([
    ['$', { a: [{ 'b c': 1 }], n: null }], ['$.a[0]', { 'b c': 1 }], ["$.a[0]['b c']", 1], ['$.a[1]', undefined], ['$.n', null], ['$.n.x', undefined], ['$.constructor', undefined], ['$.a.length', undefined],
  ])('%s', (place, found) => {
    expect(readPlace({ a: [{ 'b c': 1 }], n: null }, parseJsonPlace(place) ?? ['nothing'])).toEqual(found);
  });

  it.each(['', 'a', '$a', '$.', '$..a', '$[*]', '$[-1]', '$[?(@.a)]', '$[0:2]', '$.a b', "$['a"])('%s is none', (text) => {
    expect(parseJsonPlace(text)).toBeUndefined();
  });
});
