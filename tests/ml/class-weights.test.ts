import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/ml/random.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { predictTable } from '../../src/runtime/predict/predict.ts';
import { numbers, request, table, texts, train } from './made-tables.ts';

const ROWS = 4_000;
const random = createRandom(4);
const x = Array.from({ length: ROWS }, () => 6 * random.uniform() - 3);
const y = Array.from({ length: ROWS }, () => random.uniform());
/** About one in eight is rare, and what tells them is far from certain. */
const rare = x.map((value) => random.uniform() < 1 / (1 + Math.exp(3.2 - 1.2 * value)));
const kind = x.map((value) => {
  if (random.uniform() < 0.04 * (3 + value)) return 'b';
  return random.uniform() < 0.03 * (3 - value) ? 'c' : 'a';
});
const data = table(
  numbers('x', x),
  numbers('y', y),
  texts(
    'rare',
    rare.map((isRare) => (isRare ? 'yes' : 'no')),
  ),
  texts('kind', kind),
);

/** Of the test rows, which are every fifth: the mean probability of each label, and the share of rows that have it. */
function meanAndShare(target: 'rare' | 'kind', algorithm: Parameters<typeof request>[3], classWeight: string) {
  const sizes = ['RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'].includes(algorithm) ? { trees: 40 } : {};
  const wanted = request(data, target, 'CLASSIFICATION', algorithm, ['x', 'y'], { ...sizes, classWeight });
  const { trained } = train(wanted);
  const model = parseModel(trained.modelBytes);
  const predictions = predictTable(model, data);
  if (predictions.task !== 'CLASSIFICATION' || model.labels === null) throw new Error('It was to be labels.');
  const { probabilities } = predictions;
  const { labels } = model;
  const actual = target === 'rare' ? rare.map((isRare) => (isRare ? 'yes' : 'no')) : kind;
  const tested = Array.from({ length: ROWS / 5 }, (_, i) => 5 * i + 4);
  return labels.map((label, k) => ({
    mean: tested.reduce((sum, row) => sum + probabilities[row * labels.length + k]! / tested.length, 0),
    share: tested.filter((row) => actual[row] === label).length / tested.length,
  }));
}

describe.each(['LINEAR', 'DECISION_TREE', 'RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'] as const)(
  '%s',
  (algorithm) => {
    // Three standard errors of the share of 800 rows.
    const near = (share: number) => 3 * Math.sqrt((share * (1 - share)) / (ROWS / 5));

    test.each(['rare', 'kind'] as const)('balanced classes keep the probabilities of %s calibrated', (target) => {
      for (const classWeight of ['NONE', 'BALANCED']) {
        for (const { mean, share } of meanAndShare(target, algorithm, classWeight)) {
          expect(Math.abs(mean - share), `${classWeight}: ${mean} of ${share}`).toBeLessThan(near(share));
        }
      }
    });
  },
);
