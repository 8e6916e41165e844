import { describe, expect, it } from 'vitest';
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
  ] as const)('of %s is the likeliest', (header, labels, target, task) => {
    expect(suggestion(header, labels)).toEqual([target, task]);
  });

  it('is a class where it has two values, of any sort', () => {
    const lines = Array.from({ length: 40 }, (_, row) => `${row}.5,${row % 2}`);
    expect(inspect(['a,b', ...lines].join('\n'))).toMatchObject({
      suggestedTarget: 'b',
      suggestedTask: 'CLASSIFICATION',
    });
  });

  it('is never an identifier, a text, a date or a constant', () => {
    const lines = Array.from({ length: 40 }, (_, row) => `${row % 7}.5,2024-01-01,id-${row},7`);
    const inspection = inspect(['a,when,code,same', ...lines].join('\n'));
    expect(inspection.suggestedTarget).toBe('a');
  });
});
