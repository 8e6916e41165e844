import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** Of an error's message so many lines are kept: enough to see what differed. */
const MAX_MESSAGE_LINES = 30;

/** What failed, and why. */
export interface Failure {
  /** `file: describe, test`; of a file that did not load its name alone. */
  readonly name: string;
  /** The first lines of the error; empty where there is none. */
  readonly message: string;
}

/** What a run of the tests came to, as the JSON reporter of vitest tells it. */
export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
  readonly failedFiles: readonly string[];
  /** How many passed of those that are in other files. */
  readonly passedElsewhere: number;
}

interface JsonReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly JsonResult[];
  }[];
}

interface JsonResult {
  readonly status: string;
  readonly fullName: string;
  /** Null for an error without a message. */
  readonly failureMessages?: readonly (string | null)[];
}

/** How the tests are run. */
export interface TestRun {
  /** Files to run; empty: all. */
  readonly files: readonly string[];
  /** Whether it is shown what they print. */
  readonly isShown: boolean;
  /** The configuration of vitest; default: vitest.config.ts. */
  readonly config?: string;
  /** A command that starts others, with its arguments; empty: none. */
  readonly starter?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the tests once. npm has put vitest on the PATH. */
export async function runTests({
  files,
  isShown,
  config = 'vitest.config.ts',
  starter = [],
  env = {},
}: TestRun): Promise<TestReport> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-report-'));
  try {
    const path = join(folder, 'report.json');
    const reporters = [...(isShown ? ['--reporter=default'] : []), '--reporter=json', `--outputFile.json=${path}`];
    const [program = '', ...args] = [...starter, 'vitest', 'run', '--config', config, ...reporters, ...files];
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', isShown ? 'inherit' : 'ignore', 'inherit'],
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const report = readReport(path);
    if (code === 0 || report.failed > 0) return report;
    // A leak, or an error outside of every test.
    return { ...report, failed: 1, failures: [{ name: `vitest ended with code ${code}`, message: '' }] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads a report. What could not be read, or counted nothing, failed. */
function readReport(path: string): TestReport {
  const report = parse(path);
  if (report === null) {
    return {
      passed: 0,
      failed: 1,
      failures: [{ name: 'there is no report of the tests', message: '' }],
      failedFiles: [],
      passedElsewhere: 0,
    };
  }
  const failedFiles = report.testResults.filter(({ status }) => status === 'failed');
  const failures = failedFiles.flatMap(({ name, assertionResults }): readonly Failure[] => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0) return [{ name: file, message: '' }];
    return failed.map((result) => ({ name: `${file}: ${result.fullName}`, message: messageOf(result) }));
  });
  const passedIn = failedFiles.flatMap((file) => file.assertionResults.filter(({ status }) => status === 'passed'));
  const { numPassedTests: passed, numFailedTests } = report;
  const failed = Math.max(numFailedTests, failures.length, passed === 0 ? 1 : 0);
  return {
    ...{ passed, failed, failures, failedFiles: failedFiles.map(({ name }) => name) },
    passedElsewhere: passed - passedIn.length,
  };
}

/** What was thrown, and the two values that an assertion compared; not where. */
function messageOf({ failureMessages = [] }: JsonResult): string {
  const lines = failureMessages.flatMap((message) =>
    (message ?? '').split('\n').filter((line) => !/^ {4}at /.test(line)),
  );
  return lines.slice(0, MAX_MESSAGE_LINES).join('\n');
}

/** A failure as it is printed: its message is set in below its name. */
export function describeFailure({ name, message }: Failure): string {
  return [name, ...message.split('\n').filter((line) => line !== '')].join('\n    ');
}

function parse(path: string): JsonReport | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JsonReport;
  } catch {
    return null;
  }
}
