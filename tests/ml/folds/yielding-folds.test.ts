import { expect, test } from 'vitest';
import type { FoldSource } from '../../../src/ml/folds/fold-source.ts';
import { prepareFold } from '../../../src/ml/folds/prepared-fold.ts';
import { readTarget } from '../../../src/ml/preprocessing/target.ts';
import { numbers, table, texts } from '../made-tables.ts';

test('a fold with long texts is prepared in steps, between which a training can be stopped', () => {
  const words = ['good', 'bad', 'late', 'torn', 'fine', 'new'];
  const noteOf = (row: number) => Array.from({ length: 6_000 }, (_, i) => words[(row * i + row) % 6]).join(' ') + row;
  const rows = Array.from({ length: 60 }, (_, row) => row);
  const note = { ...texts('note', rows.map(noteOf)), kind: 'TEXT' as const };
  const amount = numbers('amount', rows);
  const target = readTarget(amount, 'REGRESSION');
  const source: FoldSource = {
    ...{ table: table(note, amount), columns: ['note'], targetName: 'amount', target, labels: [], formats: [] },
    ...{ rowWeights: null, monotonicity: { constraints: [], isFirstPositive: false } },
  };
  const fold = { train: Int32Array.from(rows.slice(0, 50)), held: Int32Array.from(rows.slice(50)) };
  const steps = [...prepareFold(source, fold)];
  // One at least for each of the columns, and one whenever 2^18 characters are read.
  expect(steps.length).toBeGreaterThan(5);
});
