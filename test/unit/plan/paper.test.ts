import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderPaper } from '../../../src/plan/paper.js';
import type { Plan } from '../../../src/plan/plan.js';
import { losing, plan, plannedStep } from '../board/sample-run.js';

const digest = 'ab'.repeat(32);

/** What a shell would execute: the lines that are no comment. */
function executed(paper: string): readonly string[] {
  return paper.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

const withSecrets: Plan = {
  ...plan,
  steps: [
    plannedStep('dump', 'Dump', { with: { database: '${env:SHOP_DATABASE_URL}', key: '${file:/run/secrets/it\'s}' }, commands: ['pg_dump --dbname=${env:SHOP_DATABASE_URL}', 'sign ${file:/run/secrets/it\'s}'] }),
  ],
};

describe('a plan on paper', () => {
  it('has every command in an order that respects what each step needs', () => {
    const steps = [...plan.steps].reverse();
    const paper = renderPaper({ ...plan, steps }, { digest });
    expect(executed(paper)).toEqual(['pg_dump --format=directory --jobs=2', 'docker compose --project-directory /srv/litellm up --detach litellm', 'helm rollback litellm 41 --wait']);
    expect(paper).toContain('# --- 1/6: Back up the database (postgres.backup)');
    expect(paper).toContain('# --- 4/6: Clean the migration history (helm.rollback, DESTRUCTIVE)');
  });

  it('says what to look at before, after each step, and in the end', () => {
    const paper = renderPaper(losing, { digest });
    expect(paper).toContain('# LOST when this is carried out:\n# - 1,204 rows');
    expect(paper).toMatch(/^# - image of litellm: sha256:1{64}/m);
    expect(paper).not.toContain('free disk');
    expect(paper).toContain('# After it: image of litellm is 1.81.14');
    expect(paper).toContain('# After it: "echo $?" says 0, else stop here');
    expect(paper).toContain('# After it: somebody says that it was done');
    expect(paper).toContain('# To do: docker-compose.yml:12 still names 1.82.1');
    expect(paper).toContain('# 2 different people of oncall must have agreed');
  });

  it('has variables and files in place of secrets, asked for first', () => {
    const paper = renderPaper(withSecrets, { digest });
    expect(executed(paper)).toEqual([
      ': "${SHOP_DATABASE_URL:?set SHOP_DATABASE_URL first}"',
      `test -r '/run/secrets/it'\\''s' || echo '/run/secrets/it'\\''s cannot be read'`,
      'pg_dump --dbname=${SHOP_DATABASE_URL}',
      `sign $(cat '/run/secrets/it'\\''s')`,
    ]);
    expect(paper).not.toContain('${env:');
  });

  it('turns no word of a person or a program into a command, whatever it holds', () => {
    const words = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '\u2028', '\u0085', '#', '`', '$(', ';', "'", '"') });
    fc.assert(fc.property(words, (word) => {
      const paper = renderPaper({
        ...plan, title: word, todo: [word], facts: plan.facts.map((fact) => ({ ...fact, label: word, value: word })),
        verdict: { kind: 'revert-only', reasons: [{ text: word, facts: [] }], lost: [word] },
        steps: [plannedStep('tell', word, { uses: 'manual', with: { instructions: word }, commands: [`# a person: ${word}`] }), plannedStep('go', word, { commands: ['true'], on: word })],
      }, { digest });
      expect(executed(paper)).toEqual(['true']);
    }));
  });

  it('is sound shell', () => {
    for (const paper of [renderPaper(plan, { digest }), renderPaper(withSecrets, { digest })]) {
      expect(execFileSync('sh', ['-n'], { input: paper, encoding: 'utf8' })).toBe('');
    }
  });
});
