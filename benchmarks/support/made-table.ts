import { createRandom, type Random } from '../../src/ml/random.ts';
import type { Column, Table } from '../../src/tabular/types/column.ts';

export interface MadeTableOptions {
  readonly rowCount: number;
  /** At least 4. */
  readonly numberCount: number;
  readonly categoryCount: number;
  /** The share of the cells that are missing. */
  readonly missingShare: number;
  readonly seed: number;
}

/** A table whose truth is known. */
export interface MadeTable {
  /** Columns number0, number1 …, category0, category1 …, then `label`, which reads "yes" or "no". */
  readonly table: Table;
  readonly features: readonly string[];
  /** For each row the probability of "yes" from which the label was drawn: no model can know more. */
  readonly probabilities: Float64Array;
}

/** Each category has so many values, all equally frequent. */
const CATEGORY_VALUES = 20;

/** What the log-odds are multiplied by: the best model is then right in about 81 of 100 rows. */
const SHARPNESS = 1.6;

/** What the first numbers add to the log-odds; those beyond are noise. */
const NUMBER_EFFECTS: readonly ((value: number) => number)[] = [
  (value) => 0.8 * value,
  (value) => 0.6 * value ** 2 - 0.6,
  (value) => Math.sin(2 * value),
  (value) => -0.5 * value,
];

/**
 * Normally distributed numbers and evenly distributed categories, with a label that depends on four numbers, on whether two
 * of them have the same sign, and on the first category. The same options give the same table.
 */
export function madeTable(options: MadeTableOptions): MadeTable {
  const { rowCount, numberCount, categoryCount, missingShare, seed } = options;
  const random = createRandom(seed);
  const logOdds = new Float64Array(rowCount);
  const signs = new Float64Array(rowCount).fill(1);
  const columns: Column[] = [];
  for (let j = 0; j < numberCount; j++) {
    const values = normalNumbers(rowCount, random);
    const effect = NUMBER_EFFECTS[j];
    if (effect !== undefined) for (let row = 0; row < rowCount; row++) logOdds[row]! += effect(values[row]!);
    if (j === 0 || j === 3) for (let row = 0; row < rowCount; row++) signs[row]! *= Math.sign(values[row]!);
    loseSome(values, Number.NaN, missingShare, random);
    columns.push({ storage: 'number', name: `number${j}`, kind: 'NUMERIC', values });
  }
  for (let j = 0; j < categoryCount; j++) {
    const codes = new Int32Array(rowCount);
    for (let row = 0; row < rowCount; row++) codes[row] = random.below(CATEGORY_VALUES);
    // The values have effects from -1 to 1 that are not in the order of their codes.
    const effectOf = (code: number): number => ((code * 7) % CATEGORY_VALUES) / (CATEGORY_VALUES / 2) - 1;
    if (j === 0) for (let row = 0; row < rowCount; row++) logOdds[row]! += effectOf(codes[row]!);
    loseSome(codes, -1, missingShare, random);
    const labels = Array.from({ length: CATEGORY_VALUES }, (_, code) => `value ${code}`);
    columns.push({ storage: 'label', name: `category${j}`, kind: 'CATEGORICAL', codes, labels });
  }
  const probabilities = logOdds.map((odds, row) => 1 / (1 + Math.exp(-SHARPNESS * (odds + 0.8 * signs[row]!))));
  const codes = new Int32Array(rowCount);
  for (let row = 0; row < rowCount; row++) codes[row] = random.uniform() < probabilities[row]! ? 1 : 0;
  const label = { storage: 'label', name: 'label', kind: 'BOOLEAN', codes, labels: ['no', 'yes'] } as const;
  return {
    table: { rowCount, columns: [...columns, label] },
    features: columns.map(({ name }) => name),
    probabilities,
  };
}

/** By the polar method of Box and Muller, which gives two at a time. */
function normalNumbers(count: number, random: Random): Float64Array {
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    // 1 - uniform() is never 0, whose logarithm is infinite.
    const size = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    values[i] = size * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = size * Math.sin(angle);
  }
  return values;
}

function loseSome(cells: Float64Array | Int32Array, missing: number, share: number, random: Random): void {
  if (share === 0) return;
  for (let row = 0; row < cells.length; row++) if (random.uniform() < share) cells[row] = missing;
}
