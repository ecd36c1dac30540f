import { describe, expect, it } from 'vitest';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import { formatProblem } from '../../../src/yaml/problem.js';

const litellm = `name: LiteLLM on Docker Compose
kind: rollback
params:
  to: { type: release, required: true }
steps:
  - id: backup
    name: Back up the database
    uses: postgres.backup
    with: { database: "\${{ target.database }}", prove: true }
    prepare: true
  - id: revert
    name: Put \${{ params.to }} back
    uses: compose.release
    with: { project: "\${{ target.project }}", services: [litellm], image: "\${{ params.to }}" }
    timeout-minutes: 10
  - id: ready
    uses: http.check
    needs: [revert]
    with: { url: "\${{ target.url }}/health/readiness", status: 200, within: 120s, hold: 30s, expect: { db: connected } }
`;

function parsed(text: string) {
  const result = parseRunbook(text, 'r.yaml');
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.runbook;
}

function problemsOf(text: string): readonly string[] {
  const result = parseRunbook(text, 'r.yaml');
  return result.ok ? [] : result.problems.map(formatProblem);
}

/** A runbook whose steps are given, one line each. */
function steps(...lines: readonly string[]): string {
  return ['name: Test', 'kind: rollback', 'params: { to: { type: release, required: true }, force: { type: boolean, default: false } }', 'steps:', ...lines.map((line) => `  - ${line}`), ''].join('\n');
}

describe('parseRunbook', () => {
  it('reads the example of the design', () => {
    const runbook = parsed(litellm);
    expect(runbook).toMatchObject({ name: 'LiteLLM on Docker Compose', kind: 'rollback', params: { to: { type: 'release', required: true, options: [] } }, file: 'r.yaml' });
    expect(runbook.steps.map(({ id, name, uses, needs, prepare, timeoutMs }) => ({ id, name, uses, needs, prepare, timeoutMs }))).toEqual([
      { id: 'backup', name: 'Back up the database', uses: 'postgres.backup', needs: [], prepare: true, timeoutMs: undefined },
      { id: 'revert', name: 'Put ${{ params.to }} back', uses: 'compose.release', needs: ['backup'], prepare: false, timeoutMs: 600_000 },
      { id: 'ready', name: 'Ready', uses: 'http.check', needs: ['revert'], prepare: false, timeoutMs: undefined },
    ]);
    expect(runbook.steps[1]).toMatchObject({ position: { line: 11, column: 5 }, positions: { 'with.image': { line: 14, column: 75 } } });
  });

  it('reads everything that a step can say', () => {
    const [, step] = parsed(
      steps(
        '{ id: first, run: [sync, --all] }',
        '{ id: import-rows, run: [bin/import, "${{ params.to }}"], needs: [], if: "${{ params.force }}", retry: { max: 2, delay: 5s }, continue-on-error: true, on: ssh://deploy@db, env: { TOKEN: "${env:TOKEN}" }, destructive: true, effect: idempotent, probe: [bin/probe], timeout-minutes: 0.5 }',
      ),
    ).steps;
    expect(step).toMatchObject({
      id: 'import-rows',
      name: 'Import rows',
      uses: 'run',
      with: { program: ['bin/import', '${{ params.to }}'], effect: 'idempotent', destructive: true, probe: ['bin/probe'], env: { TOKEN: '${env:TOKEN}' } },
      needs: [],
      if: '${{ params.force }}',
      retry: { max: 2, delayMs: 5_000 },
      continueOnError: true,
      on: 'ssh://deploy@db',
      env: { TOKEN: '${env:TOKEN}' },
      destructive: true,
      effect: 'idempotent',
      probe: ['bin/probe'],
      timeoutMs: 30_000,
    });
  });

  it.each<[string, string, string]>([
    ['an unknown key of a step', steps('{ id: a, uses: wait, timeout_minutes: 1 }'), '5:26 unknown key "timeout_minutes" (did you mean "timeout-minutes"?)'],
    ['an unknown kind', litellm.replace('kind: rollback', 'kind: rollbak'), '2:7 expected one of "rollback", "repair", "upgrade", "migration", "preflight", "verify" (did you mean "rollback"?)'],
    ['an unknown type', litellm.replace('type: release', 'type: relase'), '4:15 expected one of "release", "string", "number", "boolean", "choice" (did you mean "release"?)'],
    ['a step without an id', steps('{ uses: wait }'), '5:5 missing key "id"'],
    ['no steps', 'name: x\nkind: verify\nsteps: []', '3:8 expected at least one step'],
    ['two steps with one id', steps('{ id: a, uses: wait }', '{ id: a, uses: wait }'), '6:11 two steps are called "a"'],
    ['a step that does nothing', steps('{ id: a }'), '5:7 step "a" does nothing: give it "uses" or "run"'],
    ['both uses and run', steps('{ id: a, uses: wait, run: [x] }'), '5:26 step "a" has both "uses" and "run": "run" is short for "uses: run"'],
    ['run as one text', steps('{ id: a, run: echo hello }'), '5:19 expected a list, found text'],
    ['run with a number', steps('{ id: a, run: [sleep, 5] }'), '5:27 expected text, found the number 5 (put it in quotes)'],
    ['an unknown need', steps('{ id: backup, uses: wait }', '{ id: b, uses: wait, needs: [bakup] }'), '6:34 unknown step "bakup" (did you mean "backup"?)'],
    ['a step that needs itself', steps('{ id: a, uses: wait, needs: a }'), '5:33 step "a" needs itself'],
    ['a circle', steps('{ id: a, uses: wait, needs: [c] }', '{ id: b, uses: wait }', '{ id: c, uses: wait }'), '5:33 these steps wait for each other: a → c → b → a'],
    ['an effect that is the action\'s to say', steps('{ id: a, uses: wait, effect: read }'), '5:26 "effect" is for run; wait knows its own'],
    ['caution taken away', steps('{ id: a, uses: wait, destructive: false }'), '5:26 "destructive: false" is for run; wait knows better'],
    ['a prepare step that destroys', steps('{ id: a, uses: wait, prepare: true, destructive: true }'), '5:26 a prepare step runs before the votes, so it must not be destructive'],
    ['a step that says what the service does now and asks nobody', steps('{ id: a, uses: wait, now: true }'), '5:26 "now" is for http.check: only its answer says what the service does now'],
    ['a prepare step that may act twice', steps('{ id: a, run: [x], prepare: true }'), '5:24 a prepare step runs before the votes: say "effect: read" or "effect: idempotent"'],
    ['a prepare step behind others', steps('{ id: a, uses: wait }', '{ id: b, uses: wait, prepare: true }'), '6:26 a prepare step runs before the votes, but this one waits for "a" (a step without "needs" follows the one above: write "needs: []")'],
    ['a wrong default', litellm.replace('to: { type: release, required: true }', 'to: { type: number, default: many }'), '4:23 the default is not of the type number'],
    ['a default outside the choice', litellm.replace('to: { type: release, required: true }', 'to: { type: choice, options: [a, b], default: c }'), '4:40 the default is not one of the options a, b'],
    ['a choice without options', litellm.replace('to: { type: release, required: true }', 'to: { type: choice }'), '4:3 "to" is a choice: give it "options"'],
    ['an unknown parameter in an expression', steps('{ id: a, uses: wait, with: { for: "${{ params.too }}" } }'), '5:39 there is no "params.too" (did you mean "to"?)'],
    ['an unknown parameter in an if', steps('{ id: a, uses: wait, if: params.fource }'), '5:30 there is no "params.fource" (did you mean "force"?)'],
    ['a property of a plain value', steps('{ id: a, uses: wait, if: params.to.name }'), '5:30 "params.to" has no properties: it is a plain value'],
    ['an unknown property of the verdict', steps('{ id: a, uses: wait, if: "verdict.kid == \'revert-only\'" }'), '5:30 there is no "verdict.kid" (did you mean "kind"?)'],
    ['an unknown context', steps('{ id: a, uses: wait, if: github.ref }'), '5:30 in the expression "github.ref": unrecognized named-value: \'github\''],
    ['an unknown function', steps('{ id: a, uses: wait, if: success() }'), '5:30 in the expression "success()": unrecognized function: \'success\''],
    ['a function of JavaScript', steps('{ id: a, uses: wait, if: constructor(1) }'), '5:30 unknown function "constructor"'],
    ['a broken expression', steps('{ id: a, uses: wait, if: params.to == }'), '5:30 in the expression "params.to ==": unexpected end of expression: \'==\''],
    ['an expression without an end', steps('{ id: a, uses: wait, with: { for: "${{ params.to" } }'), '5:39 "${{" is never closed by "}}"'],
    ['text around an if', steps('{ id: a, uses: wait, if: "not ${{ params.force }}" }'), '5:30 "if" must be one expression: text around "${{ }}" would always be true'],
    ['quotes that the library would change', steps('{ id: a, uses: wait, if: "params.to == \'a\'\'b\'\'c\'" }'), '5:30 \'a\'\'b\'\'c\' has more than one escaped quote, which the expression library cannot read'],
    ['a secret among arguments', steps('{ id: a, run: [x, "-p${env:TOKEN}"] }'), '5:23 ${env:TOKEN} would stand among a program\'s arguments, which everyone on the machine can read: give it to the program in "env"'],
    ['a secret among a probe\'s arguments', steps('{ id: a, run: [x], probe: [y, "${file:t}"] }'), '5:35 ${file:t} would stand among a program\'s arguments, which everyone on the machine can read: give it to the program in "env"'],
    ['a reference of no kind', steps('{ id: a, run: [x, "${HOME}"] }'), '5:23 ${HOME} is no reference: write ${env:NAME} or ${file:PATH}'],
  ])('refuses %s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual([`r.yaml:${expected}`]);
  });

  it('names several problems at once, by line', () => {
    expect(problemsOf(steps('{ id: a, uses: wait, if: params.x }', '{ id: b, uses: wait, name: "${{ nothing }}" }')).map((line) => line.split(' ')[0])).toEqual(['r.yaml:5:30', 'r.yaml:6:32']);
  });
});
