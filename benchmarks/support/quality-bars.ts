/** Scores on one part of a file's rows: accuracy and log-loss, or R2. */
export interface Scores {
  readonly accuracy?: number;
  readonly logLoss?: number;
  readonly r2?: number;
}

/** How the scores of two trainers differ over the same parts of a file. */
export interface Comparison {
  readonly measure: 'accuracy' | 'R2';
  readonly own: number;
  /** Standard error of `own` over the parts. */
  readonly ownError: number;
  readonly peer: number;
  readonly difference: number;
  /** Standard error of the mean of the differences, part by part. */
  readonly differenceError: number;
  /** Whether `difference` is not below minus the larger of the margin and two standard errors. */
  readonly holds: boolean;
  readonly logLoss: LogLossComparison | null;
}

interface LogLossComparison {
  readonly own: number;
  readonly peer: number;
  /** Our mean over the peer's, minus 1. */
  readonly excess: number;
  readonly holds: boolean;
  /** Whether the mean difference is no more than two of its standard errors. */
  readonly isWithinNoise: boolean;
}

/** A trainer may be so much worse: half a point of accuracy, 0.01 of R2, 2 % of log-loss. */
const MARGIN = { accuracy: 0.005, R2: 0.01 };
const LOG_LOSS_EXCESS = 0.02;

/** Compares the scores of two trainers, part by part. */
export function compare(own: readonly Scores[], peer: readonly Scores[]): Comparison {
  const measure = own.every((scores) => scores.r2 !== undefined) ? 'R2' : 'accuracy';
  const primary = (scores: Scores): number => known(measure === 'R2' ? scores.r2 : scores.accuracy);
  const differences = own.map((scores, i) => primary(scores) - primary(peer[i] ?? {}));
  const difference = mean(differences);
  const differenceError = standardError(differences);
  return {
    measure,
    own: mean(own.map(primary)),
    ownError: standardError(own.map(primary)),
    peer: mean(peer.map(primary)),
    difference,
    differenceError,
    holds: difference >= -Math.max(MARGIN[measure], 2 * differenceError),
    logLoss: measure === 'R2' ? null : compareLogLoss(own, peer),
  };
}

function compareLogLoss(own: readonly Scores[], peer: readonly Scores[]): LogLossComparison {
  const losses = [own, peer].map((list) => list.map((scores) => known(scores.logLoss)));
  const [ownLosses = [], peerLosses = []] = losses;
  const differences = ownLosses.map((loss, i) => loss - known(peerLosses[i]));
  const excess = mean(ownLosses) / mean(peerLosses) - 1;
  return {
    own: mean(ownLosses),
    peer: mean(peerLosses),
    excess,
    holds: excess <= LOG_LOSS_EXCESS,
    isWithinNoise: mean(differences) <= 2 * standardError(differences),
  };
}

function known(score: number | undefined): number {
  if (score === undefined) throw new Error('a score is missing');
  return score;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation over the root of their number. */
function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
