/**
 * `sum-tests.mjs REPORT.json…`: adds up vitest's JSON reports and prints each failure with the beginning of its message, then `N passed, N failed` as the last
 * line. A report that is missing counts as one failure: a run that died early wrote none. So does a file REPORT.json.failed beside a report that shows no
 * failure. Arguments `failed=N` add N more, for checks that are not tests. Exit 1 on any failure.
 * Beside it REPORT.json.again may lie, of the failed files run once more: a test that passed there is printed as UNSTABLE with what it said the first time.
 * `sum-tests.mjs --again REPORT.json` prints the files that are worth it, one a line.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const MESSAGE_LINES = 15;
const MESSAGE_COLUMNS = 400;
/** More failed files than this is no matter of luck. */
const WORTH_ANOTHER_TRY = 4;
/** What these prove must hold at every try. */
const NEVER_AGAIN = /(^|\/)test\/(chaos|fuzz)\//;
/** Where everything fails, the first ones tell why. */
const SHOWN = 40;

/** What one report counts, and every failure in words. */
function readReport(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const passedAgain = testsThatPassed(`${file}.again`);
  const found = report.testResults.flatMap((result) => failuresOf(result, `${basename(file, '.json')}: ${relative(process.cwd(), result.name)}`));
  const unstable = found.filter(({ id }) => passedAgain.has(id)).map(({ words }) => words.replace(/^FAILED/, 'UNSTABLE'));
  const failures = found.filter(({ id }) => !passedAgain.has(id)).map(({ words }) => words);
  // What the report counts is what counts, also where it has no words for it.
  const { numFailedTests, numPendingTests, numTodoTests = 0 } = report;
  const counted = numFailedTests + numPendingTests + numTodoTests + report.testResults.filter(isBroken).length;
  const unexplained = counted === 0 && (!report.success || existsSync(`${file}.failed`));
  if (unexplained) failures.push(sayFailure('', `${basename(file, '.json')}: a failure between the tests`, 'No test shows it: its words are in the output of the run.').words);
  return { passed: report.numPassedTests + unstable.length, failed: counted - unstable.length + (unexplained ? 1 : 0), failures, unstable };
}

/** Names of the tests that passed in the second run; none where there was no second run, or where it failed as a whole. */
function testsThatPassed(file) {
  if (!existsSync(file)) return new Set();
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  return new Set(testResults.flatMap((result) => result.assertionResults.filter(({ status }) => status === 'passed').map((test) => testId(result, test))));
}

function testId(result, test) {
  return `${result.name} > ${[...test.ancestorTitles, test.title].join(' > ')}`;
}

/** The files of a report whose failed tests may be tried once more. */
function filesForAnotherTry(file) {
  const failed = JSON.parse(readFileSync(file, 'utf8')).testResults.filter((result) => result.status === 'failed');
  const files = [...new Set(failed.map(({ name }) => relative(process.cwd(), name)))];
  return files.length > WORTH_ANOTHER_TRY || files.some((name) => NEVER_AGAIN.test(name)) ? [] : files;
}

/** A file that could not be loaded has no tests to fail. */
function isBroken(result) {
  return result.status === 'failed' && result.assertionResults.every((test) => test.status !== 'failed');
}

function failuresOf(result, where) {
  const tests = result.assertionResults.flatMap((test) => {
    const name = `${where} > ${[...test.ancestorTitles, test.title].join(' > ')}`;
    const id = testId(result, test);
    if (test.status === 'failed') return [sayFailure(id, name, (test.failureMessages ?? []).join('\n'))];
    // No test here may be skipped: what did not run did not pass.
    return test.status === 'passed' ? [] : [sayFailure('', name, `did not run (${test.status})`)];
  });
  return isBroken(result) ? [sayFailure('', where, result.message ?? ''), ...tests] : tests;
}

/** `id` finds the same test in another run; empty: nothing makes up for it. */
function sayFailure(id, name, message) {
  const lines = stripVTControlCharacters(message).trimEnd().split('\n');
  const shown = lines.slice(0, MESSAGE_LINES).map((line) => `    ${line.length > MESSAGE_COLUMNS ? `${line.slice(0, MESSAGE_COLUMNS)}…` : line}`.trimEnd());
  return { id, words: [`FAILED ${name}`, ...shown, ...(lines.length > MESSAGE_LINES ? [`    … ${lines.length - MESSAGE_LINES} more lines`] : [])].join('\n') };
}

if (process.argv[2] === '--again') {
  // A run that died early wrote no report: there is nothing to try again.
  if (existsSync(process.argv[3])) for (const file of filesForAnotherTry(process.argv[3])) console.log(file);
  process.exit();
}

let passed = 0;
let failed = 0;
const failures = [];
const unstable = [];
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
    unstable.push(...report.unstable);
  } catch (error) {
    failed += 1;
    failures.push(sayFailure('', `${basename(argument, '.json')}: its report cannot be read`, error.message).words);
  }
}
for (const words of unstable) console.log(`${words}\n`);
for (const failure of failures.slice(0, SHOWN)) console.log(`${failure}\n`);
if (failures.length > SHOWN) console.log(`… and ${failures.length - SHOWN} more failures\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
