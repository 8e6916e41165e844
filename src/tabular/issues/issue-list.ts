import type { DatasetIssue, Severity } from './issues.ts';

/** A wide file may have the same issue in thousands of columns: only this many are listed. */
const SAME_CODE_KEPT = 100;

const ORDER: Readonly<Record<Severity, number>> = { ERROR: 0, WARNING: 1, INFO: 2 };

/** Errors first, then warnings, then notes, each in the order they came; the end of a long row of the same is summed up. */
export function arrangeIssues(issues: readonly DatasetIssue[]): readonly DatasetIssue[] {
  const kept: DatasetIssue[] = [];
  for (const same of Map.groupBy(issues, ({ code }) => code).values()) {
    kept.push(...same.slice(0, SAME_CODE_KEPT));
    const rest = same.length - SAME_CODE_KEPT;
    const last = same.at(-1);
    if (rest > 0 && last !== undefined) {
      const message = `The same is true of ${rest.toLocaleString('en-US')} more columns.`;
      kept.push({ ...last, message, column: null, lines: [] });
    }
  }
  return kept.sort((left, right) => ORDER[left.severity] - ORDER[right.severity]);
}
