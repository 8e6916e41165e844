import { pairedTTest } from '../../comparison/paired-test.ts';
import type { SearchRows } from '../search-rows.ts';
import { greedyBlend } from './greedy-blend.ts';

/** Weights are chosen on so many rows at most, evenly drawn: forty times as many passes as there are models take their time. */
const MAX_ROWS_TO_CHOOSE_ON = 20_000;

/** The chance of a difference of a standard error or more, in either direction, between models that are equally good. */
const P_VALUE_OF_STANDARD_ERROR = 0.317;

/** A model that may be part of the choice. */
export interface Eligible {
  /** The index of its candidate. */
  readonly index: number;
  /** See SearchRows.allScores. */
  readonly scores: Float64Array;
}

export interface ModelChoice {
  /** For each member its weight, above 0; they sum to 1. */
  readonly weights: ReadonlyMap<number, number>;
  /** The mean loss of the rows that folds have predicted. */
  readonly loss: number;
}

/**
 * A single model, or the blend where it is better. Of many models one is the best on these rows by chance, so that the usual one, which is
 * the best on most tables, is kept unless the best one is better by more than a standard error of the paired difference (Breiman and
 * others, "Classification and regression trees", 1984). By the same measure a blend is better than the single one: that the mean of good
 * models predicts better is what is to be expected, and a stricter test would keep it from tables of few rows, which gain most.
 * `usual`: its index. Yields between passes over the rows.
 */
export function* chooseModel(
  eligible: readonly Eligible[],
  rows: SearchRows,
  usual: number,
): Generator<void, ModelChoice> {
  const single = singleOf(eligible, rows, usual);
  const alone = { weights: new Map([[single.index, 1]]), loss: single.loss };
  if (eligible.length === 1) return alone;
  yield;
  const weights = yield* greedyBlend({
    scores: eligible.map(({ scores }) => thinned(scores)),
    actual: rows.labels === 0 ? thinned(rows.actual) : null,
    weights: rows.weights && thinned(rows.weights),
  });
  const blended = new Float64Array(rows.actual.length);
  for (const [model, { scores }] of eligible.entries()) {
    const weight = weights[model]!;
    if (weight > 0) for (let i = 0; i < blended.length; i++) blended[i]! += weight * scores[i]!;
  }
  const losses = rows.losses(blended);
  const test = pairedTTest(losses.map((loss, i) => loss - single.losses[i]!));
  if (!test.isTested || test.difference >= 0 || test.pValue >= P_VALUE_OF_STANDARD_ERROR) return alone;
  const members = eligible.flatMap(({ index }, model) =>
    weights[model]! > 0 ? [[index, weights[model]!] as const] : [],
  );
  return { weights: new Map(members), loss: single.loss + test.difference };
}

interface Judged {
  readonly index: number;
  readonly loss: number;
  readonly losses: Float64Array;
}

function singleOf(eligible: readonly Eligible[], rows: SearchRows, usual: number): Judged {
  let best: Judged = { index: -1, loss: Number.POSITIVE_INFINITY, losses: new Float64Array(0) };
  let kept: Judged | null = null;
  for (const { index, scores } of eligible) {
    const losses = rows.losses(scores);
    const judged = { index, loss: losses.reduce((sum, each) => sum + each, 0) / losses.length, losses };
    if (best.index < 0 || judged.loss < best.loss) best = judged;
    if (index === usual) kept = judged;
  }
  if (kept === null || kept.index === best.index) return best;
  const { losses } = kept;
  const test = pairedTTest(best.losses.map((loss, i) => loss - losses[i]!));
  return test.isTested && test.pValue < P_VALUE_OF_STANDARD_ERROR ? best : kept;
}

/** Every n-th, where there are many. */
function thinned(values: Float64Array): Float64Array {
  const step = Math.ceil(values.length / MAX_ROWS_TO_CHOOSE_ON);
  return step === 1 ? values : values.filter((_, i) => i % step === 0);
}
