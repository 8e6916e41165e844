import { serveThreadPool } from '../../platform/threads/pooled-thread.ts';
import { predictionsHeader, predictionsLines } from './predictions-csv.ts';
import { unpackPredictions } from './test-predictions-bytes.ts';

/** The packed predictions of a run, and which of its rows are wanted. */
export interface CsvRequest {
  readonly predictions: Uint8Array;
  /** The first row that is wanted; the header comes before row 0. */
  readonly first: number;
  readonly count: number;
}

export interface CsvPart {
  readonly text: string;
  readonly isLast: boolean;
}

serveThreadPool<CsvRequest, CsvPart, never, never>({
  coordinate: async (request) => partOf(request),
  work: () => undefined,
});

function partOf({ predictions, first, count }: CsvRequest): CsvPart {
  const kept = unpackPredictions(predictions);
  const end = Math.min(kept.actual.length, first + count);
  const header = first === 0 ? predictionsHeader(kept) : '';
  return { text: header + predictionsLines(kept, first, end), isLast: end === kept.actual.length };
}
