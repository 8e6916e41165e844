import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import { inspect } from '../temporary-file.ts';

/** Forty rows of measurements under the given names; `label` columns hold three labels. */
function suggestion(header: string, labels: readonly string[] = []) {
  const names = header.split(',');
  const lines = Array.from({ length: 40 }, (_, row) =>
    names
      .map((name, column) => (labels.includes(name) ? `kind ${row % 3}` : `${(row * (column + 3)) % 17}.5`))
      .join(','),
  );
  const { suggestedTarget, suggestedTask } = inspect([header, ...lines].join('\n'));
  return [suggestedTarget, suggestedTask];
}

describe('the suggested target', () => {
  it.each([
    ['a,target,b', [], 'target', 'REGRESSION'],
    ['Class,a,b', ['Class'], 'Class', 'CLASSIFICATION'],
    ['a,SalePrice,b', [], 'SalePrice', 'REGRESSION'],
    ['is_fraud,a,b', [], 'is_fraud', 'REGRESSION'],
    ['a,median_income,median_house_value,b', [], 'median_house_value', 'REGRESSION'],
    ['carat,price,x,y,z', [], 'price', 'REGRESSION'],
    ['x,y', [], 'y', 'REGRESSION'],
    ['letter,a,b,c', ['letter'], 'letter', 'CLASSIFICATION'],
    ['a,b,c', [], 'c', 'REGRESSION'],
  ] as const)('the suggested target is the most likely one: %s', (header, labels, target, task) => {
    expect(suggestion(header, labels)).toEqual([target, task]);
  });

  it('a suggested target with two values of any sort is a class', () => {
    const lines = Array.from({ length: 40 }, (_, row) => `${row}.5,${row % 2}`);
    expect(inspect(['a,b', ...lines].join('\n'))).toMatchObject({
      suggestedTarget: 'b',
      suggestedTask: 'CLASSIFICATION',
    });
  });

  /** What is suggested for 200 rows whose columns are made of the row, a draw from 0 to 1, and whether someone left. */
  function suggested(columns: Readonly<Record<string, (row: number, share: number, left: boolean) => unknown>>) {
    const random = createRandom(5);
    const lines = Array.from({ length: 200 }, (_, row) => {
      const [share, left] = [random.uniform(), random.uniform() < 0.4];
      return Object.values(columns)
        .map((cell) => cell(row, share, left))
        .join(',');
    });
    const { suggestedTarget, suggestedTask } = inspect([Object.keys(columns).join(','), ...lines].join('\n'));
    return [suggestedTarget, suggestedTask];
  }

  const usage = (row: number) => (row * 37) % 101;
  const spent = (_: number, share: number) => (100 * share).toFixed(2);

  it('an owner id, or a column that counts the rows, is not suggested as the target', () => {
    const shuffled = (row: number) => ((row * 171) % 200) + 1;
    expect(suggested({ usage, spent, customer_id: (row) => 7000 + (row % 50) })).toEqual(['spent', 'REGRESSION']);
    expect(suggested({ usage, spent, account: (row) => `A${row % 50}` })).toEqual(['spent', 'REGRESSION']);
    expect(suggested({ usage, spent, counter: shuffled })).toEqual(['spent', 'REGRESSION']);
    expect(suggested({ usage, spent, class_id: (row) => row % 3 })).toEqual(['class_id', 'REGRESSION']);
    expect(suggested({ customer_id: (row) => 7000 + (row % 50) })).toEqual(['customer_id', 'REGRESSION']);
  });

  it('a column that is filled in after the outcome is not suggested as the target', () => {
    const gone = (_: number, __: number, left: boolean) => (left ? 'yes' : 'no');
    const reason = (row: number, _: number, left: boolean) =>
      left ? ['moved', 'too dear', 'unkind'][row % 3] : 'none';
    const repaid = (_: number, share: number, left: boolean) => (left ? (50 + share).toFixed(3) : 0);
    expect(suggested({ usage, spent, gone, reason })).toEqual(['gone', 'CLASSIFICATION']);
    expect(suggested({ usage, spent, gone, repaid })).toEqual(['gone', 'CLASSIFICATION']);
    expect(suggested({ usage, spent, reason, gone })).toEqual(['gone', 'CLASSIFICATION']);
    // Whatever comes last, a column that does not tell another is not set aside for it.
    expect(suggested({ gone, usage, spent })).toEqual(['spent', 'REGRESSION']);
  });

  it('a copy of another column in other words, or its code, is not suggested as the target', () => {
    const kind = (row: number) => ['rose', 'tulip', 'lily'][row % 3];
    const price = (_: number, share: number) => (10 + 90 * share).toFixed(2);
    const logPrice = (_: number, share: number) => Math.log(10 + 90 * share).toFixed(6);
    expect(suggested({ usage, spent, kind, kind_code: (row) => row % 3 })).toEqual(['kind', 'CLASSIFICATION']);
    expect(suggested({ usage, price, log_price: logPrice })).toEqual(['price', 'REGRESSION']);
    expect(suggested({ usage, price, list_price: (row) => usage(row + 3) })).toEqual(['list_price', 'REGRESSION']);
  });

  it('an identifier, a text, a date or a constant is never suggested as the target', () => {
    const lines = Array.from({ length: 40 }, (_, row) => `${row % 7}.5,2024-01-01,id-${row},7`);
    const inspection = inspect(['a,when,code,same', ...lines].join('\n'));
    expect(inspection.suggestedTarget).toBe('a');
  });
});
