import { resolveParameters } from '../../src/ml/parameters/parameters.ts';
import type { AlgorithmName } from '../../src/ml/registry.ts';
import { runToEnd } from '../../src/ml/steps.ts';
import {
  type TrainedModel,
  type TrainingConditions,
  type TrainingRequest,
  trainModel,
} from '../../src/ml/train-model.ts';
import type { Table } from '../../src/tabular/types/column.ts';
import type { ManifestEntry } from './manifest.ts';
import type { Measured } from './paired-report.ts';

/** A training on the rows of a file outside of an offset. */
interface OffsetTraining {
  readonly table: Table;
  readonly entry: ManifestEntry;
  readonly algorithm: AlgorithmName;
  /** Where the parameters differ from the defaults. */
  readonly given: Readonly<Record<string, number | string | boolean>>;
  /** What is not searched for, see Fitted.found; left out: nothing. */
  readonly found?: Readonly<Record<string, number>>;
  readonly offset: number;
  /** Threads, and what the time is read from; left out: this thread, and no clock. */
  readonly conditions?: TrainingConditions;
}

const OFFSETS = 5;

/** A column that names the part of each row; no file has one of this name. */
const PART = 'part of the benchmark';

const FEATURE_KINDS = ['NUMERIC', 'CATEGORICAL', 'BOOLEAN', 'DATETIME'];

const MICROSECONDS = 1e-6;

/** Trains on the rows whose number is not at the offset, scores those at it. */
export function trainOnOffset(training: OffsetTraining): Measured {
  const { trained, processor } = trainedOnOffset(training);
  const { metrics, curve, modelBytes } = trained;
  return {
    score: metrics.task === 'REGRESSION' ? metrics.r2 : metrics.accuracy,
    logLoss: metrics.task === 'REGRESSION' ? null : metrics.logLoss,
    seconds: processor,
    rounds: curve.at(-1)?.iteration ?? null,
    modelBytes: modelBytes.length,
  };
}

/** The same with all that came of it; `processor`: the seconds of all threads together. */
export function trainedOnOffset({ table, entry, algorithm, given, found = {}, offset, conditions }: OffsetTraining): {
  readonly trained: TrainedModel;
  readonly processor: number;
} {
  const request = requestOfOffset({ table, entry, algorithm, given, found, offset });
  const before = process.cpuUsage();
  const trained = runToEnd(trainModel(request, conditions));
  const { user, system } = process.cpuUsage(before);
  return { trained, processor: (user + system) * MICROSECONDS };
}

/** What such a training is asked for. */
export function requestOfOffset(training: Omit<OffsetTraining, 'conditions'>): TrainingRequest {
  const { table, entry, algorithm, given, found = {}, offset } = training;
  const codes = Int32Array.from({ length: table.rowCount }, (_, row) => (row % OFFSETS === offset ? 0 : 1));
  const parts = { storage: 'label', name: PART, kind: 'CATEGORICAL', codes, labels: ['test', 'train'] } as const;
  const features = table.columns
    .filter(({ name, kind }) => name !== entry.target && !(name in entry.ignore) && FEATURE_KINDS.includes(kind))
    .map(({ name }) => name);
  return {
    table: { ...table, columns: [...table.columns, parts] },
    target: entry.target,
    task: entry.task === 'classification' ? 'CLASSIFICATION' : 'REGRESSION',
    features,
    algorithm,
    parameters: { ...resolveParameters(algorithm, given, sizeOf(table, entry, features.length)), ...found },
    split: { strategy: 'COLUMN', testFraction: 0, column: PART, seed: 0 },
  };
}

/** As the server knows it before the rows are split. */
function sizeOf(table: Table, { task, target }: Pick<ManifestEntry, 'task' | 'target'>, features: number) {
  const column = table.columns.find(({ name }) => name === target);
  const trainRows = table.rowCount - Math.round(table.rowCount / OFFSETS);
  if (task === 'regression' || column === undefined) return { trainRows, features, labels: 0 };
  const labels =
    column.storage === 'label' ? column.labels.length : new Set(column.values.filter(Number.isFinite)).size;
  return { trainRows, features, labels };
}
