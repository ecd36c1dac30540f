import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { paste } from '../../../jobs/actions/paste.js';

function shell(line: string, env: Record<string, string> = {}): string {
  return execFileSync('/bin/sh', ['-c', line], { env: { PATH: process.env['PATH'] ?? '', ...env }, encoding: 'utf8' });
}

describe('a line to paste', () => {
  it('gives a shell exactly the arguments', () => {
    const argument = fc.string().map((text) => text.replaceAll('\0', '')).filter((text) => !/\$\{(env|file):/.test(text));
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (args) => {
        expect(shell(paste(['printf', '<%s>', ...args]))).toBe(args.map((arg) => `<${arg}>`).join(''));
      }),
      { numRuns: 60 },
    );
  });

  it('turns secret references into the shell\'s own and escapes what stands around them', () => {
    const line = paste(['printf', '%s', 'a "$b` ${env:TOKEN} $(c)']);
    expect(line).not.toContain('env:');
    expect(shell(line, { TOKEN: 's3 cret"$x' })).toBe('a "$b` s3 cret"$x $(c)');
  });

  it('puts variables in front', () => {
    expect(paste(['pg_dump', '-Fd'], { PGPASSWORD: '${env:PW}' })).toBe('PGPASSWORD="${PW}" pg_dump -Fd');
  });
});
