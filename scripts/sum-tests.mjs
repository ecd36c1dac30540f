/**
 * `sum-tests.mjs REPORT.json…`: adds up vitest's JSON reports and prints each failure with the beginning of its message, then `N passed, N failed` as the last
 * line. A report that is missing counts as one failure: a run that died early wrote none. So does a file REPORT.json.failed beside a report that shows no
 * failure. Arguments `failed=N` add N more, for checks that are not tests. Exit 1 on any failure.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const MESSAGE_LINES = 15;
const MESSAGE_COLUMNS = 400;
/** Where everything fails, the first ones tell why. */
const SHOWN = 40;

/** What one report counts, and every failure in words. */
function readReport(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const failures = report.testResults.flatMap((result) => failuresOf(result, `${basename(file, '.json')}: ${relative(process.cwd(), result.name)}`));
  // What the report counts is what counts, also where it has no words for it.
  const { numFailedTests, numPendingTests, numTodoTests = 0 } = report;
  const counted = numFailedTests + numPendingTests + numTodoTests + report.testResults.filter(isBroken).length;
  const unexplained = counted === 0 && (!report.success || existsSync(`${file}.failed`));
  if (unexplained) failures.push(sayFailure(`${basename(file, '.json')}: a failure between the tests`, 'No test shows it: its words are in the output of the run.'));
  return { passed: report.numPassedTests, failed: counted + (unexplained ? 1 : 0), failures };
}

/** A file that could not be loaded has no tests to fail. */
function isBroken(result) {
  return result.status === 'failed' && result.assertionResults.every((test) => test.status !== 'failed');
}

function failuresOf(result, where) {
  const tests = result.assertionResults.flatMap((test) => {
    const name = `${where} > ${[...test.ancestorTitles, test.title].join(' > ')}`;
    if (test.status === 'failed') return [sayFailure(name, (test.failureMessages ?? []).join('\n'))];
    // No test here may be skipped: what did not run did not pass.
    return test.status === 'passed' ? [] : [sayFailure(name, `did not run (${test.status})`)];
  });
  return isBroken(result) ? [sayFailure(where, result.message ?? ''), ...tests] : tests;
}

function sayFailure(name, message) {
  const lines = stripVTControlCharacters(message).trimEnd().split('\n');
  const shown = lines.slice(0, MESSAGE_LINES).map((line) => `    ${line.length > MESSAGE_COLUMNS ? `${line.slice(0, MESSAGE_COLUMNS)}…` : line}`.trimEnd());
  return [`FAILED ${name}`, ...shown, ...(lines.length > MESSAGE_LINES ? [`    … ${lines.length - MESSAGE_LINES} more lines`] : [])].join('\n');
}

let passed = 0;
let failed = 0;
const failures = [];
for (const argument of process.argv.slice(2)) {
  const [, more] = /^failed=(\d+)$/.exec(argument) ?? [];
  if (more !== undefined) {
    failed += Number(more);
    continue;
  }
  try {
    const report = readReport(argument);
    passed += report.passed;
    failed += report.failed;
    failures.push(...report.failures);
  } catch (error) {
    failed += 1;
    failures.push(sayFailure(`${basename(argument, '.json')}: its report cannot be read`, error.message));
  }
}
for (const failure of failures.slice(0, SHOWN)) console.log(`${failure}\n`);
if (failures.length > SHOWN) console.log(`… and ${failures.length - SHOWN} more failures\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
