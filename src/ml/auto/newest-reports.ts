import type { CandidateReport } from './candidate.ts';

/** The last report of each candidate, in the order of these. */
export function newestOf(reports: readonly CandidateReport[]): readonly CandidateReport[] {
  const last = new Map(reports.map((report, index) => [report.number, index]));
  return reports.filter(({ number }, index) => last.get(number) === index);
}
