/**
 * `sum-tests.mjs REPORT.json…`: adds up vitest's JSON reports and prints `N passed, N failed`. A report that is missing counts as one
 * failure: a run that died early wrote none. So does a file REPORT.json.failed beside a report that shows no failure. Arguments `failed=N` add N more, for checks that are not tests. Exit 1 on any failure.
 */
import { existsSync, readFileSync } from 'node:fs';

/** What one report counts. */
function countReport(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  // A file that could not be loaded has no tests to fail.
  const broken = report.testResults.filter((result) => result.status === 'failed' && result.assertionResults.every((test) => test.status !== 'failed'));
  // No test here may be skipped: what did not run did not pass.
  const failures = report.numFailedTests + broken.length + report.numPendingTests + (report.numTodoTests ?? 0);
  const unexplained = failures === 0 && (!report.success || existsSync(`${file}.failed`));
  return { passed: report.numPassedTests, failed: failures + (unexplained ? 1 : 0) };
}

let passed = 0;
let failed = 0;
for (const argument of process.argv.slice(2)) {
  const [, more] = /^failed=(\d+)$/.exec(argument) ?? [];
  if (more !== undefined) {
    failed += Number(more);
    continue;
  }
  try {
    const counted = countReport(argument);
    passed += counted.passed;
    failed += counted.failed;
  } catch (error) {
    process.stderr.write(`${argument}: ${error.message}\n`);
    failed += 1;
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
