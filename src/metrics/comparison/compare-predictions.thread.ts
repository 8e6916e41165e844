import { compareModels } from '../../ml/comparison/compare-models.ts';
import { type PairedTest, untested } from '../../ml/comparison/paired-test.ts';
import type { MetricName } from '../../ml/evaluation/metrics.ts';
import { serveThreadPool } from '../../platform/threads/pooled-thread.ts';
import { PredictionsFormatError, unpackPredictions } from '../../training/evaluations/test-predictions-bytes.ts';

/** A request to test whether two models differ by some metrics, with their packed predictions of the same test rows. */
export interface ComparisonRequest {
  readonly metrics: readonly MetricName[];
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/** One test per metric, in the same order. */
export type ComparisonResult = readonly PairedTest[];

serveThreadPool<ComparisonRequest, ComparisonResult, never, never>({
  coordinate: async (request) => result(request),
  work: () => undefined,
});

function result({ metrics, first, second }: ComparisonRequest): ComparisonResult {
  try {
    const [one, other] = [unpackPredictions(first), unpackPredictions(second)];
    return metrics.map((metric) => compareModels(metric, one, other));
  } catch (error) {
    if (!(error instanceof PredictionsFormatError)) throw error;
    return metrics.map(() => untested(error.message));
  }
}
