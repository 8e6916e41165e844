import { describeFailure, runTests } from './test-report.ts';

/** More than so many failed files are no matter of chance. */
const MAX_FILES_AGAIN = 3;

/**
 * Runs tests as .ci/run counts them. A few files that fail are tried a second time, alone. What fails then has failed; what
 * passes then is printed as flaky, and counts as passed. The last line is "NAME: N passed, N failed".
 */
export async function runCounted(name: string, config: string): Promise<void> {
  const first = await runTests({ files: [], isShown: true, config });
  let { passed, failed } = first;
  if (first.failedFiles.length > 0 && first.failedFiles.length <= MAX_FILES_AGAIN) {
    console.log(`failed once, tried again:\n  ${first.failures.map(describeFailure).join('\n  ')}`);
    const second = await runTests({ files: first.failedFiles, isShown: true, config });
    passed = first.passedElsewhere + second.passed;
    failed = second.failed;
    const failedTwice = new Set(second.failures.map((failure) => failure.name));
    for (const failure of first.failures) if (!failedTwice.has(failure.name)) console.log(`flaky  ${failure.name}`);
  }
  console.log(`${name}: ${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
