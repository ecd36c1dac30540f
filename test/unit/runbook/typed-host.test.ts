import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import { resolveSteps } from '../../../src/runbook/resolve-steps.js';

/** What a step's input becomes with a typed parameter, or why it is refused. */
function resolved(input: string, typed: string, uses = 'http.check', key = 'url'): string {
  const parsed = parseRunbook(`name: X\nkind: verify\nparams:\n  p: { type: string }\ntarget:\n  url: { type: string }\nsteps:\n  - id: look\n    uses: ${uses}\n    with: { ${key}: ${JSON.stringify(input)} }\n`, 'x.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const steps = resolveSteps(parsed.runbook, { target: { url: 'http://10.0.0.7:4000' }, params: { p: typed }, run: { id: '7KQ', scope: null, from: null }, facts: {}, verdict: {}, channel: { id: 'ops' } });
  const value = steps.ok ? steps.steps[0]?.with[key] : steps.problems[0]?.message;
  return typeof value === 'string' ? value : '';
}
const refusal = /^a parameter or a fact decides which host/;

describe('where an address leads', () => {
  it.each([
    ['${{ params.p }}', 'http://169.254.169.254/latest/meta-data'], ['${{ params.p }}', ' \thttps:\\\\evil.example'], ['${{ params.p }}', 'HTTP://[::ffff:169.254.169.254]/'], ['${{ params.p }}', 'postgres://evil/shop'], ['${{ params.p }}', 'ssh://root@evil'],
    ['http://${{ params.p }}/health', '2852039166'], ['http://${{ params.p }}.shop.example/', 'evil.example/?x='], ['http://shop.example${{ params.p }}', '@evil.example/'], ['http://shop.example:80${{ params.p }}', '.evil.example/'], ['${{ target.url }}${{ params.p }}', '@169.254.169.254/'],
    ["${{ format('http://{0}/', params.p) }}", 'evil.example'], ["${{ params.p || 'http://shop.example/' }}", 'http://evil.example/'], ['ht${{ params.p }}', 'tp://evil.example/'],
  ])('is never for a parameter to say: %s with %j', (input, typed) => {
    expect(resolved(input, typed)).toMatch(refusal);
  });

  it('is for the runbook and the target; a parameter may fill what stands behind it', () => {
    expect(resolved('${{ target.url }}/runs/${{ params.p }}', '../x@evil.example')).toBe('http://10.0.0.7:4000/runs/../x@evil.example');
    expect(resolved('http://shop.example/?q=${{ params.p }}', 'http://evil.example/')).toBe('http://shop.example/?q=http://evil.example/');
    expect(resolved('${{ target.url }}', 'x')).toBe('http://10.0.0.7:4000');
  });

  it('does not matter in words and in data', () => {
    expect(resolved('${{ params.p }}', 'https://tickets.example/7', 'notify', 'text')).toBe('https://tickets.example/7');
    expect(resolved('web', 'x', 'compose.services', 'project')).toBe('web');
    expect(resolved('repo/app:${{ params.p }}', '1.0.0', 'compose.release', 'image')).toBe('repo/app:1.0.0');
  });

  it('stays the host that the runbook names, whatever is typed', () => {
    fc.assert(fc.property(fc.constantFrom('http://shop.example', 'http://shop.example/', 'http://shop.example:80', 'http://shop.example/a?b=', '', 'http:', 'http://'), fc.string({ unit: fc.constantFrom('@', ':', '/', '\\', '?', '#', '.', 'h', 't', 'p', 'evil.example', ' ', '\t', '[', ']', '%40', '169.254.169.254') }), (before, typed) => {
      const said = resolved(`${before}\${{ params.p }}`, typed);
      if (refusal.test(said) || !URL.canParse(said)) return;
      const { protocol, hostname } = new URL(said);
      // Of the schemes that name no host, as h: or p:, nothing can be asked.
      if (protocol === 'http:' || protocol === 'https:') expect(hostname).toBe('shop.example');
    }), { numRuns: 3_000 });
  });
});
