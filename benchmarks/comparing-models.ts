/**
 * Claim: what is kept of 1,000,000 test rows takes a few bytes for each, and two models are compared by all metrics in seconds,
 * in a thread.
 *
 *   node benchmarks/comparing-models.ts [--rows N]
 *
 * Makes the predictions of two models for a made-up target of two labels, of ten, and of a number; packs them, and has them
 * compared by the thread that the API has for it. CPU seconds are of the whole process.
 */
import { parseArgs } from 'node:util';
import { PredictionComparer } from '../src/metrics/comparison/prediction-comparer.ts';
import { METRIC_NAMES } from '../src/ml/evaluation/metrics.ts';
import type { ClassPredictions, NumberPredictions, TestPredictions } from '../src/ml/evaluation/test-predictions.ts';
import { createRandom } from '../src/ml/random.ts';
import { packPredictions, unpackPredictions } from '../src/training/evaluations/test-predictions-bytes.ts';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const rowCount = Number(values.rows);
const random = createRandom(5);
const rows = new Int32Array(rowCount).map((_, i) => 5 * i + 4);

function classifiers(labelCount: number): readonly ClassPredictions[] {
  const actual = new Int32Array(rowCount).map(() => random.below(labelCount));
  const labels = Array.from({ length: labelCount }, (_, k) => `label ${k}`);
  return [1, 1.1].map((skill) => {
    const odds = new Float64Array(rowCount).map(() => Math.exp(skill + 4 * (random.uniform() + random.uniform() - 1)));
    const trueProbability = Float32Array.from(odds, (ratio) => ratio / (1 + ratio));
    const predicted = actual.map((label, i) =>
      trueProbability[i]! > 0.5 ? label : (label + 1 + random.below(labelCount - 1)) % labelCount,
    );
    const positiveProbability =
      labelCount === 2 ? trueProbability.map((p, i) => (actual[i] === 1 ? p : 1 / (1 + odds[i]!))) : null;
    return { task: 'CLASSIFICATION', labels, rows, actual, predicted, trueProbability, positiveProbability };
  });
}

function regressors(): readonly NumberPredictions[] {
  const actual = new Float64Array(rowCount).map(() => Math.round(1e5 * random.uniform()) / 100);
  return [3, 3.1].map((spread) => {
    const predicted = actual.map((value) => value + spread * (random.uniform() - 0.5));
    return { task: 'REGRESSION', rows, actual, predicted };
  });
}

async function measure(name: string, [first, second]: readonly TestPredictions[], comparer: PredictionComparer) {
  if (first === undefined || second === undefined) throw new Error('two models are compared');
  packPredictions(first);
  const packing = timer();
  const { bytes } = packPredictions(first);
  const packed = packing();
  const unpacking = timer();
  unpackPredictions(bytes);
  const unpacked = unpacking();
  const other = packPredictions(second).bytes;
  const comparing = timer();
  const tests =
    (await comparer.compare({ workspaceId: 'own', runIds: ['first', 'second'], metrics: METRIC_NAMES }, async () => [
      bytes,
      other,
    ])) ?? [];
  const compared = comparing();
  const tested = tests.filter(({ isTested }) => isTested).length;
  console.log(
    `${name}: ${(bytes.length / rowCount).toFixed(2)} bytes a row; packed in ${packed}, read in ${unpacked}, ` +
      `compared by ${tested} metrics in ${compared}`,
  );
}

/** Says how long it took since: by the clock, and of the CPU. */
function timer(): () => string {
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return `${((performance.now() - startedAt) / 1000).toFixed(2)} s (CPU ${((user + system) / 1e6).toFixed(2)} s)`;
  };
}

const comparer = new PredictionComparer();
console.log(`${rowCount} test rows`);
await measure('two labels', classifiers(2), comparer);
await measure('ten labels', classifiers(10), comparer);
await measure('a number', regressors(), comparer);
console.log(`memory of the process at the end: ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
await comparer.close();
