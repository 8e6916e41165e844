import type { ModelFeature } from '../../runtime/model.ts';
import { checkConstraints } from '../monotone/constrain-features.ts';
import { TrainingWasm } from '../parallel/training-wasm.ts';
import { numberParameter, optionalNumberParameter, seedOf } from '../parameters/parameter-spec.ts';
import { positiveLabel } from '../positive-class.ts';
import { createRandom } from '../random.ts';
import { featureNames, type TrainingRequest } from '../training/training-request.ts';
import { BatchCoder } from './code-batch.ts';
import { EdgePlacer } from './edge-sample.ts';
import { ROW_ROLE, type RowRoles } from './row-roles.ts';
import { ShardBuilder, type ShardSink } from './shard-builder.ts';
import type { ShardFeature } from './shard-manifest.ts';
import type { ShardPreparation } from './shard-preparation.ts';
import { fitStreamedFeatures, isCodes, type StreamedFeatures } from './stream-features.ts';
import type { TableStream } from './table-stream.ts';
import { balancingFactors } from './target/label-weighting.ts';
import { streamTarget } from './target/stream-target.ts';
import { scaledNumbers, type TargetNumbers, targetNumbers } from './target/target-numbers.ts';
import { type TrainingBatch, type TrainingRows, trainingPass } from './training-pass.ts';
import { type DividedRows, divideRows, holdOutRows } from './training-rows.ts';

/** What is to be trained, on a table that is read as a stream. */
export type ShardRequest = Omit<TrainingRequest, 'table' | 'algorithm'>;

/** How far it is. */
export interface ShardStep {
  /** 0 to 1 over the whole, never falls. */
  readonly progress: number;
}

/** All that comes of it but the shards themselves. */
export interface PreparedShards {
  readonly preparation: ShardPreparation;
  readonly features: readonly ShardFeature[];
}

/** Many enough that three ranks, or ten, have about equally many rows. */
const SHARDS_WANTED = 64;
const MIN_ROWS = 128;
/** Validation rows are a ninth as many as the others, and are divided among as many ranks. */
const VALIDATION_SHARE = 8;
const MAX_ROWS = 131_072;
/** Of the codes of a shard. Two shards of that size are kept in memory. */
const MAX_BYTES = 16 * 2 ** 20;

/** The parts of the work, by their time: the first is fitting. */
const FITTING_SHARE = 0.5;

/**
 * Fits the preprocessing of a table and writes its training rows as shards, in several passes over single columns and a last one over
 * all of them. The features, the edges, the test rows and the rows held out for early stopping are those of a training of GRADIENT_BOOSTING in
 * memory by the same request. The same request gives the same bytes. Memory: one batch of the table, two shards, and what is kept of each
 * column; nothing grows with the rows. Throws TrainingDataError or SplitError where the user's rows do not allow it.
 */
export function* prepareShards(
  stream: TableStream,
  request: ShardRequest,
  roles: RowRoles,
  sink: ShardSink,
): Generator<ShardStep, PreparedShards> {
  yield { progress: 0 };
  const names = featureNames({ ...request, table: { rowCount: 0, columns: [] }, algorithm: 'GRADIENT_BOOSTING' });
  const target = streamTarget(stream, request.target, request.task);
  const constraints = request.monotone ?? [];
  checkConstraints(constraints, {
    ...{ table: stream, target: request.target, features: names, algorithm: 'GRADIENT_BOOSTING' },
  });
  const weightColumn = request.weightColumn ?? null;
  const { split, target: targetName, parameters } = request;
  const divided = divideRows(stream, target, { targetName, split, weightColumn }, roles);
  const { rows } = divided;
  const countOf = (label: string) => target.counts[target.labels.indexOf(label)] ?? 0;
  const numbers = request.task === 'REGRESSION' ? targetNumbers(rows, parameters) : null;
  const positive =
    request.task === 'REGRESSION' ? null : positiveLabel(request.positiveClass ?? null, rows.labels, countOf);
  const random = createRandom(seedOf(parameters));
  using wasm = TrainingWasm.take();
  const placer = new EdgePlacer(rows.rowCount, numberParameter(parameters, 'maxBins'), random, wasm);
  const formats = request.formats?.columns ?? [];
  const monotonicity = { constraints, isFirstPositive: positive === 0 };
  const fitting = fitStreamedFeatures(rows, { names, target: targetName, formats, monotonicity }, placer);
  let next = fitting.next();
  for (; next.done !== true; next = fitting.next()) {
    yield { progress: (FITTING_SHARE * next.value) / Math.max(1, names.length) };
  }
  const fitted = next.value;
  const stops = (optionalNumberParameter(parameters, 'earlyStoppingRounds') ?? 0) > 0;
  const validationRows = stops ? holdOutRows(rows, random) : 0;
  yield { progress: FITTING_SHARE };
  const isBalanced = request.task === 'CLASSIFICATION' && parameters['classWeight'] === 'BALANCED';
  const labelFactors = isBalanced ? balancingFactors(rows.weightOfLabels) : null;
  yield* writeShards(rows, fitted, { numbers, labelFactors }, wasm, sink);
  return {
    preparation: preparationOf(request, divided, fitted, {
      validationRows,
      numbers,
      labelFactors: labelFactors && [...labelFactors],
    }),
    features: fitted.features.map((feature, f) => ({
      kind: isCodes(feature) ? 'CATEGORY' : 'NUMBER',
      codeCount: isCodes(feature) ? feature.order.length : feature.edges.length + 1,
      direction: (fitted.directions?.[f] ?? 0) as ShardFeature['direction'],
    })),
  };
}

/** How many rows a shard has, of so many training rows and features. */
export function rowsPerShard(trainRows: number, features: number): number {
  const wanted = 2 ** Math.floor(Math.log2(Math.max(1, trainRows / SHARDS_WANTED)));
  const most = 2 ** Math.floor(Math.log2(Math.max(1, MAX_BYTES / features)));
  return Math.min(most, MAX_ROWS, Math.max(MIN_ROWS, wanted));
}

/** What ranks are to fit, of numbers or of labels. */
interface TargetFitting {
  readonly numbers: TargetNumbers | null;
  readonly labelFactors: Float64Array | null;
}

/** Writes all shards. */
function* writeShards(
  rows: TrainingRows,
  { features }: StreamedFeatures,
  { numbers, labelFactors }: TargetFitting,
  wasm: TrainingWasm,
  sink: ShardSink,
): Generator<ShardStep, void> {
  const { batches } = rows.stream;
  const coder = new BatchCoder(features, Math.max(0, ...batches), wasm);
  const shardRows = rowsPerShard(rows.rowCount, features.length);
  const rowsOf = { TRAIN: shardRows, VALIDATION: Math.ceil(shardRows / VALIDATION_SHARE) };
  const hasWeights = rows.weightsOf !== null || labelFactors !== null;
  const builderOf = (role: 'TRAIN' | 'VALIDATION') =>
    new ShardBuilder(role, features.length, rowsOf[role], hasWeights, sink);
  const [train, validation] = [builderOf('TRAIN'), builderOf('VALIDATION')];
  for (const batch of trainingPass(rows)) {
    yield { progress: FITTING_SHARE + ((1 - FITTING_SHARE) * batch.batch) / batches.length };
    const targets = numbers === null ? batch.targets : scaledNumbers(batch.targets, numbers);
    const weights = multiplied(batch, labelFactors);
    const coded = { codes: coder.code(batch), targets, weights };
    for (const run of runsOf(batch.rows, batch.roles)) {
      (run.role === ROW_ROLE.VALIDATION ? validation : train).add(coded, run.from, run.end);
    }
  }
  train.flush();
  validation.flush();
  yield { progress: 1 };
}

/** How much each training row of a batch counts, by its label too; null: all alike. */
function multiplied({ targets, weights }: TrainingBatch, labelFactors: Float64Array | null): Float64Array | null {
  if (labelFactors === null) return weights;
  return targets.map((label, row) => labelFactors[label]! * (weights?.[row] ?? 1));
}

/** Training rows that follow each other and have one role. */
function* runsOf(rows: Int32Array, roles: Uint8Array): Generator<{ role: number; from: number; end: number }> {
  for (let from = 0, end = 0; from < rows.length; from = end) {
    const role = roles[rows[from]!]!;
    while (end < rows.length && roles[rows[end]!] === role) end++;
    yield { role, from, end };
  }
}

function preparationOf(
  { task }: ShardRequest,
  { rows, testRows, warnings }: DividedRows,
  { features, directions, ranges, warnings: ofFeatures }: StreamedFeatures,
  counted: Pick<ShardPreparation, 'validationRows' | 'numbers' | 'labelFactors'>,
): ShardPreparation {
  return {
    ...{ task, labels: rows.labels, directions, ranges, ...counted, testRows },
    features: features.map(({ feature }): ModelFeature => feature),
    edges: features.map((feature) => (isCodes(feature) ? new Float64Array(0) : feature.edges)),
    orders: features.map((feature) => (isCodes(feature) ? feature.order : null)),
    weightOfLabels: [...rows.weightOfLabels],
    trainRows: rows.rowCount,
    warnings: [...warnings, ...ofFeatures],
  };
}
