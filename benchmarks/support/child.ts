import { spawnSync } from 'node:child_process';

export type ChildOutcome<Report> =
  | { readonly kind: 'REPORTED'; readonly report: Report; readonly seconds: number }
  | { readonly kind: 'TIMED_OUT' }
  | { readonly kind: 'FAILED'; readonly message: string };

export interface ChildOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The process is killed after so long. */
  readonly limitSeconds?: number;
}

/** How a process tells its report from whatever else it and its libraries print. */
const REPORT_MARK = 'REPORT ';

/** A message longer than this says no more in a table. */
const LONGEST_MESSAGE = 100;

/** Called in the child: hands a report to the process that waits for it. */
export function report(value: object): void {
  process.stdout.write(`\n${REPORT_MARK}${JSON.stringify(value)}\n`);
}

/** The most memory that this process had resident so far, in MB of 10^6 bytes. */
export function peakMegabytes(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}

/**
 * Runs a script by this Node.js in a process of its own, waits, and returns what it reported. `seconds` are from before its
 * start to after its end.
 */
export function runChild<Report>(
  script: URL,
  order: object,
  { environment = {}, limitSeconds }: ChildOptions = {},
): ChildOutcome<Report> {
  const startedAt = performance.now();
  const child = spawnSync(process.execPath, [script.pathname, JSON.stringify(order)], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    // Some libraries log a line for every tree.
    maxBuffer: 2 ** 28,
    killSignal: 'SIGKILL',
    ...(limitSeconds === undefined ? {} : { timeout: limitSeconds * 1000 }),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (child.error !== undefined) {
    if ('code' in child.error && child.error.code === 'ETIMEDOUT') return { kind: 'TIMED_OUT' };
    throw child.error;
  }
  const line = child.stdout.split('\n').findLast((text) => text.startsWith(REPORT_MARK));
  if (child.status === 0 && line !== undefined) {
    return { kind: 'REPORTED', report: JSON.parse(line.slice(REPORT_MARK.length)) as Report, seconds };
  }
  const mistake = `${child.stderr}\n${child.stdout}`.split('\n').find((text) => /error|abort/i.test(text));
  return { kind: 'FAILED', message: (mistake ?? `code ${child.status}`).trim().slice(0, LONGEST_MESSAGE) };
}
