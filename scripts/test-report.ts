import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** What a run of the tests came to, as the JSON reporter of vitest tells it. */
export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  /** `file: describe, test` of each that failed; of a file that did not load its name alone. */
  readonly failures: readonly string[];
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
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** How the tests are run. */
export interface TestRun {
  /** Files to run; empty: all. */
  readonly files: readonly string[];
  /** Whether it is shown what they print. */
  readonly isShown: boolean;
  /** A command that starts others, with its arguments; empty: none. */
  readonly starter?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the tests once. npm has put vitest on the PATH. */
export async function runTests({ files, isShown, starter = [], env = {} }: TestRun): Promise<TestReport> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-report-'));
  try {
    const path = join(folder, 'report.json');
    const reporters = [...(isShown ? ['--reporter=default'] : []), '--reporter=json', `--outputFile.json=${path}`];
    const [program = '', ...args] = [...starter, 'vitest', 'run', ...reporters, ...files];
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
    return { ...report, failed: 1, failures: [`vitest ended with code ${code}`] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads a report. What could not be read, or counted nothing, failed. */
function readReport(path: string): TestReport {
  const report = parse(path);
  if (report === null)
    return { passed: 0, failed: 1, failures: ['there is no report of the tests'], failedFiles: [], passedElsewhere: 0 };
  const failedFiles = report.testResults.filter(({ status }) => status === 'failed');
  const failures = failedFiles.flatMap(({ name, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    return failed.length === 0 ? [file] : failed.map(({ fullName }) => `${file}: ${fullName}`);
  });
  const passedIn = failedFiles.flatMap((file) => file.assertionResults.filter(({ status }) => status === 'passed'));
  const { numPassedTests: passed, numFailedTests } = report;
  const failed = Math.max(numFailedTests, failures.length, passed === 0 ? 1 : 0);
  return {
    ...{ passed, failed, failures, failedFiles: failedFiles.map(({ name }) => name) },
    passedElsewhere: passed - passedIn.length,
  };
}

function parse(path: string): JsonReport | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JsonReport;
  } catch {
    return null;
  }
}
