import { describe, expect, it } from 'vitest';
import { actions } from '../../../jobs/actions/registry.js';
import { findWrongReferences } from '../../../src/runbook/check-references.js';
import { checkRunbook } from '../../../src/runbook/check-runbook.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';

const schemas = new Map([...actions].map(([name, action]) => [name, action.input]));

function problemsOf(proof: string, uses = 'postgres.prove'): readonly string[] {
  const text = `name: test
kind: rollback
steps:
  - id: backup
    name: Back up
    uses: postgres.backup
    with: { database: "\${env:DB}" }
  - id: look
    name: Look
    uses: http.check
    needs: []
    with: { url: "http://127.0.0.1:1/" }
  - id: prove
    name: Prove
    uses: ${uses}
    ${proof}
`;
  const parsed = parseRunbook(text, 'rollback.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return checkRunbook(parsed.runbook, schemas).map(({ line, column, message, nearest }) => `${String(line)}:${String(column)} ${message}${nearest === undefined ? '' : ` (${nearest}?)`}`);
}

describe('a proof names the step whose dump it proves', () => {
  it('and is told where there is no such step, or one of another kind', () => {
    expect(problemsOf('needs: [backup]\n    with: { backup: backup }')).toEqual([]);
    expect(problemsOf('needs: [backup]\n    with: { backup: bakcup }')).toEqual(['17:21 postgres.prove: backup: there is no step "bakcup" (backup?)']);
    expect(problemsOf('needs: [look]\n    with: { backup: look }')).toEqual(['17:21 postgres.prove: backup: step "look" uses http.check, not postgres.backup']);
  });

  it('and waits for it, directly or not', () => {
    expect(problemsOf('needs: [look]\n    with: { backup: backup }')).toEqual(['17:21 postgres.prove: backup: step "prove" does not wait for step "backup": add it to "needs"']);
  });
});

describe.each(['postgres.restore', 'postgres.loss'])('%s names a backup or a step that takes one', (uses) => {
  const of = (backup: string): readonly string[] => problemsOf(`needs: [backup]\n    with: { database: "\${env:DB}", backup: "${backup}" }`, uses);

  it('and is told where it can be neither', () => {
    for (const good of ['backup', '/var/backups/a.dump', 'of 1.0.0', 'k3m9x2ab']) expect(of(good)).toEqual([]);
    expect(of('bakcup')[0]).toContain(`${uses}: backup: there is no step "bakcup", nor a backup of that id (backup?)`);
    expect(of('look')[0]).toContain('step "look" uses http.check, not postgres.backup');
  });

  it('and an id is looked up once the catalogue can be read', () => {
    const step = { id: 'last', uses, with: { backup: 'k3m9x2ab' }, needs: [] };
    const schemaOf = (name: string) => schemas.get(name);
    expect(findWrongReferences([step], schemaOf, (id) => id === 'k3m9x2ab')).toEqual([]);
    expect(findWrongReferences([step], schemaOf, () => false)).toMatchObject([{ key: 'backup', message: 'there is no step "k3m9x2ab", nor a backup of that id' }]);
  });
});
