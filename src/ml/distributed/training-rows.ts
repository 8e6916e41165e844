import { allZero, requireWeights, totalWarnings, unusable, WeightScale } from '../preprocessing/row-weights.ts';
import type { Random } from '../random.ts';
import { noRowsHint, noRowsText, SplitError, type SplitRequest } from '../split/split.ts';
import { requireLabels } from '../split/target-rows.ts';
import { validationDraws } from '../tree/boosting/early-stopping.ts';
import { isTraining, ROW_ROLE, type RowRoles } from './row-roles.ts';
import { sampleStreams } from './sample-stream.ts';
import { streamTests } from './stream-split.ts';
import type { TableStream } from './table-stream.ts';
import type { StreamedTarget } from './target/stream-target.ts';
import { type TrainingRows, trainingPass } from './training-pass.ts';

/** Weights are numbers of 32 bits in a shard. */
const MAX_WEIGHT = 3.4e38;
const MIN_WEIGHT = 1.2e-38;

/** What dividing the rows comes to. */
export interface DividedRows {
  readonly rows: TrainingRows;
  readonly testRows: number;
  readonly warnings: readonly string[];
}

/** What divides the rows. */
export interface RowsRequest {
  /** For what is said to the user. */
  readonly targetName: string;
  readonly split: SplitRequest;
  readonly weightColumn: string | null;
}

/** Which rows are trained on and which are tested on, as prepareSteps divides them. Throws TrainingDataError and SplitError. */
export function divideRows(
  stream: TableStream,
  target: StreamedTarget,
  { targetName, split, weightColumn }: RowsRequest,
  roles: RowRoles,
): DividedRows {
  const isTest = streamTests(stream, split, target);
  const weightsOf = weightColumn === null ? null : streamWeights(stream, weightColumn, target);
  const labelRows = new Float64Array(Math.max(1, target.labels.length));
  const labelWeights = new Float64Array(labelRows.length);
  let [testRows, trainRows, counted, total, areOnes] = [0, 0, 0, 0, true];
  for (const [batch, size] of stream.batches.entries()) {
    const targets = target.read(batch);
    const tests = isTest(batch, targets);
    const weights = weightsOf?.(batch) ?? null;
    const found = new Uint8Array(size);
    for (let row = 0; row < size; row++) {
      const value = targets[row]!;
      if (Number.isNaN(value)) continue;
      if (tests[row] === 1) {
        found[row] = ROW_ROLE.TEST;
        testRows++;
        continue;
      }
      trainRows++;
      const weight = weights?.[row] ?? 1;
      if (weight === 0) continue;
      found[row] = ROW_ROLE.TRAIN;
      counted++;
      total += weight;
      areOnes &&= weight === 1;
      const label = target.task === 'REGRESSION' ? 0 : value;
      labelRows[label]!++;
      labelWeights[label]! += weight;
    }
    roles.write(batch, found);
  }
  if (testRows === 0) throw new SplitError(noRowsText('test', split), noRowsHint(split));
  if (trainRows === 0) throw new SplitError(noRowsText('training', split), noRowsHint(split));
  if (counted === 0) throw allZero(weightColumn ?? '', 'all training rows');
  const occurring = target.labels.map((_, label) => label).filter((label) => labelRows[label]! > 0);
  const labels = occurring.map((label) => target.labels[label]!);
  if (target.task === 'CLASSIFICATION') requireLabels(labels, targetName);
  const labelNumbers = new Int32Array(target.labels.length).fill(-1);
  occurring.forEach((label, number) => {
    labelNumbers[label] = number;
  });
  const weightOfLabels =
    target.task === 'REGRESSION'
      ? Float64Array.of(total)
      : Float64Array.from(occurring, (label) => labelWeights[label]!);
  const rows: TrainingRows = {
    ...{ stream, roles, target, labels, labelNumbers, weightOfLabels, rowCount: counted },
    weightsOf: areOnes ? null : weightsOf,
  };
  return { rows, testRows, warnings: totalWarnings(total, counted, trainRows) };
}

/** How much each row of a batch counts, as readRowWeights reads it; of rows without a target 0. */
function streamWeights(stream: TableStream, name: string, target: StreamedTarget): (batch: number) => Float64Array {
  const column = stream.columns.indexOf(requireWeights(stream.columns, name));
  const scale = new WeightScale(name);
  let first = 0;
  for (const [batch, size] of stream.batches.entries()) {
    const weights = stream.numbers(column, batch);
    target.read(batch).forEach((value, row) => {
      if (Number.isNaN(value)) return;
      const weight = weights[row]!;
      scale.see(weight, first + row);
      if (weight > MAX_WEIGHT || (weight > 0 && weight < MIN_WEIGHT)) {
        throw unusable(
          `training on several hosts weighs rows by numbers of 32 bits, and row ${first + row + 1} has the weight ${weight} in ${name}`,
          'divide the weights by their mean',
        );
      }
    });
    first += size;
  }
  const counted = scale.rounding();
  return (batch) => {
    const targets = target.read(batch);
    return stream.numbers(column, batch).map((weight, row) => (Number.isNaN(targets[row]) ? 0 : counted(weight)));
  };
}

/**
 * Holds training rows out for early stopping: those that splitValidation draws by the same generator, as it is once the edges are
 * placed. Returns their number; 0 for too few rows.
 */
export function holdOutRows(rows: TrainingRows, random: Random): number {
  const { stream, roles, target, labelNumbers, labels, rowCount } = rows;
  const isRegression = target.task === 'REGRESSION';
  const counts = isRegression ? [rowCount] : labels.map(() => 0);
  if (!isRegression) for (const { targets } of trainingPass(rows)) for (const label of targets) counts[label]!++;
  const draws = validationDraws(counts);
  if (draws === null) return 0;
  const samples = sampleStreams(counts, draws, random);
  for (const batch of stream.batches.keys()) {
    const targets = target.read(batch);
    const found = roles.read(batch);
    for (let row = 0; row < found.length; row++) {
      if (!isTraining(found[row]!)) continue;
      const sample = samples[isRegression ? 0 : labelNumbers[targets[row]!]!]!;
      found[row] = sample.next() ? ROW_ROLE.VALIDATION : ROW_ROLE.TRAIN;
    }
    roles.write(batch, found);
  }
  return draws.reduce((sum, count) => sum + count, 0);
}
