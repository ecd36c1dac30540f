import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actions } from '../../../jobs/actions/registry.js';
import { checkRunbook } from '../../../src/runbook/check-runbook.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import { parseRunbookReference } from '../../../src/runbook/reference.js';
import { formatProblem } from '../../../src/yaml/problem.js';

const folder = new URL('../../../runbooks/', import.meta.url);
const schemas = new Map([...actions].map(([name, action]) => [name, action.input]));

describe('the built-in runbooks', () => {
  it.each(readdirSync(folder))('%s is right, and is named so that planb.yaml can name it', (file) => {
    const parsed = parseRunbook(readFileSync(new URL(file, folder), 'utf8'), file);
    if (!parsed.ok) expect.fail(parsed.problems.map(formatProblem).join('\n'));
    expect(checkRunbook(parsed.runbook, schemas).map(formatProblem)).toEqual([]);
    const name = file.replace(/\.yaml$/, '');
    expect(parseRunbookReference(name)).toEqual({ kind: 'built-in', name });
  });

  it('are told from files by their bare name', () => {
    for (const path of ['./shop.yaml', 'shop.yaml', 'ops/shop', '/etc/planb/shop.yml']) expect(parseRunbookReference(path)).toEqual({ kind: 'file', path });
  });
});
