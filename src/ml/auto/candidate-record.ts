import { mean } from '../mean.ts';
import type { Candidate, CandidateReport, CandidateStatus } from './candidate.ts';
import type { HeldOutputs, SearchRows } from './search-rows.ts';

/** What a finished fold of a candidate gave: data alone. */
export interface FoldOutcome {
  /** Null once they are no longer needed. */
  readonly outputs: HeldOutputs | null;
  /** How much its rows count together: their number, without weights. */
  readonly rows: number;
  /** The sums over the rows of the loss and of its square, each as often as the row counts. */
  readonly loss: number;
  readonly lossSquares: number;
  /** Of labels: how much the rows count that are right. */
  readonly hits: number;
  readonly fitSeconds: number;
  readonly predictSeconds: number;
  /** Of boosting; else null. */
  readonly rounds: number | null;
  /** Of boosting of labels, where it has found one; else null. */
  readonly temperature: number | null;
}

/** How far a candidate got: data alone. */
export interface CandidateRecord {
  readonly status: CandidateStatus;
  readonly reason: string | null;
  /** Of its first folds. */
  readonly outcomes: readonly FoldOutcome[];
}

export const NOT_TRIED: CandidateRecord = { status: 'WAITING', reason: null, outcomes: [] };

/** Two standard errors to either side, by the normal distribution. */
const STANDARD_ERRORS = 1.96;

/** The mean loss over all rows that were predicted; Infinity for none. */
export function meanLoss({ outcomes }: CandidateRecord): number {
  const rows = total(outcomes, 'rows');
  return rows === 0 ? Number.POSITIVE_INFINITY : total(outcomes, 'loss') / rows;
}

/** What users see of a candidate; `weight`: in the blend so far. */
export function reportOf(
  candidate: Candidate,
  number: number,
  { status, reason, outcomes }: CandidateRecord,
  rows: SearchRows,
  weight: number | null,
): CandidateReport {
  const scoreName = rows.labels > 0 ? ('ACCURACY' as const) : ('R2' as const);
  const state = {
    ...candidate,
    number,
    status,
    reason,
    scoreName,
    foldsDone: outcomes.length,
    folds: rows.folds.length,
  };
  const count = total(outcomes, 'rows');
  if (count === 0) {
    const nothing = { loss: null, low: null, high: null, score: null, fitSeconds: null, predictMicroseconds: null };
    return { ...state, ...nothing, weight: null };
  }
  const loss = total(outcomes, 'loss') / count;
  const variance = Math.max(0, total(outcomes, 'lossSquares') / count - loss * loss);
  const spread = STANDARD_ERRORS * Math.sqrt(variance / rows.effectiveRows(outcomes.length));
  return {
    ...state,
    ...{ loss, low: Math.max(0, loss - spread), high: loss + spread },
    score: rows.labels > 0 ? total(outcomes, 'hits') / count : r2(loss, rows, outcomes.length),
    fitSeconds: total(outcomes, 'fitSeconds'),
    predictMicroseconds: (1e6 * total(outcomes, 'predictSeconds')) / rows.end(outcomes.length - 1),
    weight,
  };
}

/** The share of the variance of the actual values of the first folds that a model of this mean squared error explains. */
function r2(loss: number, rows: SearchRows, folds: number): number | null {
  const actual = rows.actual.subarray(0, rows.end(folds - 1));
  if (actual.length < 2) return null;
  const weights = rows.weights?.subarray(0, actual.length) ?? null;
  const middle = mean(actual, weights);
  const variance = mean(
    actual.map((value) => (value - middle) ** 2),
    weights,
  );
  return variance > 0 ? 1 - loss / variance : null;
}

function total(
  outcomes: readonly FoldOutcome[],
  field: Exclude<keyof FoldOutcome, 'outputs' | 'rounds' | 'temperature'>,
): number {
  return outcomes.reduce((sum, outcome) => sum + outcome[field], 0);
}
