import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Of one run, in milliseconds: on the clock, and of the processor. */
export interface Times {
  readonly clock: number;
  readonly processor: number;
}

/** How XGBoost is asked, by what benchmarks/prediction-peers.py calls it. */
export const WAYS = {
  inplace64: 'inplace_predict, doubles',
  inplace32: 'inplace_predict, floats',
  dmatrix: 'DMatrix and predict',
  predict: 'predict alone',
} as const;

export type Way = keyof typeof WAYS;

/** What XGBoost fits to and predicts: rows one after the other. */
export interface PeerRows {
  readonly columnCount: number;
  readonly training: Float64Array;
  /** 0 or 1 for each training row. */
  readonly labels: Float64Array;
  readonly rows: Float64Array;
}

export interface PredictionPeer {
  readonly version: string;
  /** Of a tree, on average. */
  readonly leaves: number;
  /** Rows whose label it predicts as 1. */
  readonly predicted: number;
  readonly run: (way: Way) => Promise<Times>;
  readonly end: () => void;
}

/** XGBoost in a process of its own, which waits while it is not asked. `end` it. */
export async function startPredictionPeer(python: string, given: PeerRows): Promise<PredictionPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'prediction-peer-'));
  for (const name of ['training', 'labels', 'rows'] as const) writeFileSync(join(folder, `${name}.bin`), given[name]);
  const script = fileURLToPath(new URL('../prediction-peers.py', import.meta.url));
  const child = spawn(python, [script, folder, String(given.columnCount)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${python} has ended: has it python3-xgboost?`);
    return JSON.parse(value) as T;
  };
  const end = (): void => {
    child.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const about = await answer<Pick<PredictionPeer, 'version' | 'leaves' | 'predicted'>>();
    const run = (way: Way): Promise<Times> => {
      child.stdin.write(`${way}\n`);
      return answer<Times>();
    };
    return { ...about, run, end };
  } catch (error) {
    end();
    throw error;
  }
}
