// Adds up the counts of the test runs in a directory, and names what failed: the end of an output is what is kept of it. The
// last line is `N passed, N failed, N skipped`. A run that left no result counts as one failure, and so does a step that
// failed beyond its tests.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [, , directory, failedSteps] = process.argv;

/** The counts in a report of vitest's json reporter. */
function vitest(text) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites, testResults } =
    JSON.parse(text);
  // A file that could not be loaded has no tests that could fail.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = numFailedTests + broken;
  return {
    passed: numPassedTests,
    failed: failed === 0 && numFailedTestSuites > 0 ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
    names: testResults.flatMap(failuresOf),
  };
}

/** What failed in a file of tests, each with the beginning of its reason. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = path.relative(process.cwd(), name);
  if (status === 'failed' && assertionResults.length === 0) return [`${file}: ${reason(message)}`];
  return assertionResults
    .filter((test) => test.status === 'failed')
    .map((test) => `${file} > ${test.fullName}: ${reason(test.failureMessages[0])}`);
}

function reason(message = '') {
  const LONGEST = 200;
  return message.replaceAll(/\s+/g, ' ').slice(0, LONGEST);
}

/** The counts in the last line of native-test. */
function native(text) {
  const match = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(text);
  if (match === null) throw new Error('no count');
  const [passed, failed, skipped] = match.slice(1).map(Number);
  return { passed, failed, skipped, names: [...text.matchAll(/^FAIL (.*)$/gm)].map(([, test]) => test) };
}

const RUNS = [
  ['vitest', 'vitest.json', vitest],
  ['native', 'native.txt', native],
  ['on a monitor with sanitizers', 'sanitized.json', vitest],
];

const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, file, parse] of RUNS) {
  let counts = { passed: 0, failed: 1, skipped: 0, names: [] };
  const full = path.join(directory, file);
  try {
    if (existsSync(full)) counts = parse(readFileSync(full, 'utf8'));
  } catch (error) {
    console.log(`${file} cannot be read: ${error.message}`);
  }
  for (const failure of counts.names) console.log(`FAILED ${name}: ${failure}`);
  console.log(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  for (const key of Object.keys(total)) total[key] += counts[key];
}
// Lint, types, fuzzing: no tests, but no success either.
if (Number(failedSteps) > 0 && total.failed === 0) total.failed = Number(failedSteps);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
