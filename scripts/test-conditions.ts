import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { CONDITION_VARIABLE, CONDITIONS, type Condition, conditionOf } from '../tests/support/conditions.ts';
import { describeFailure, runTests, type TestReport } from './test-report.ts';

// Runs the tests on machines that this one is not, see docs/testing.md:
//   npm run test:conditions -- [condition …] [--repeats <number>] [--file <test file> …]
// Without names, all conditions of tests/support/conditions.ts. Each run prints one line, with the names and errors of what failed.

/** Everything runs on this core where a condition asks for one. */
const ON_ONE_CORE = ['taskset', '-c', '0'] as const;

/** Runs the tests once; beside them, where the condition asks for it, a process that never rests. */
async function run(name: string, { isPinned }: Condition, files: readonly string[]): Promise<TestReport> {
  const [taskset, ...onOneCore] = ON_ONE_CORE;
  const busy = isPinned
    ? spawn(taskset, [...onOneCore, process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' })
    : null;
  const starter = isPinned ? ON_ONE_CORE : [];
  try {
    return await runTests({ files, isShown: false, starter, env: { [CONDITION_VARIABLE]: name } });
  } finally {
    busy?.kill('SIGKILL');
  }
}

const { values, positionals } = parseArgs({
  options: { repeats: { type: 'string' }, file: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(CONDITIONS);

let failedRuns = 0;
for (const [name, condition] of names.map((each) => [each, conditionOf(each)] as const)) {
  console.log(`${name}: ${condition.description}`);
  for (let round = 1; round <= Number(values.repeats ?? condition.repeats); round++) {
    const startedAt = performance.now();
    const { passed, failed, failures } = await run(name, condition, values.file);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(
      [`${name} ${round}: ${passed} passed, ${failed} failed, ${seconds} s`, ...failures.map(describeFailure)].join(
        '\n  ',
      ),
    );
    if (failed > 0) failedRuns++;
  }
}
console.log(failedRuns === 0 ? 'green in all runs' : `not green in ${failedRuns} runs`);
process.exitCode = failedRuns === 0 ? 0 : 1;
