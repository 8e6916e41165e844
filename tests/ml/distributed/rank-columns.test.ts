import { describe, expect, test } from 'vitest';
import { rankColumns } from '../../../src/ml/distributed/model/rank-columns.ts';

describe('the columns of a model that ranks have trained', () => {
  const number = { name: 'age', kind: 'NUMBER' } as const;
  const edges = Float64Array.of(10, 20, 30);

  test.each([
    // Codes: 0 up to 10, 1 up to 20, 2 up to 30, 3 above.
    [-0.5, Number.NEGATIVE_INFINITY],
    [0, Number.NEGATIVE_INFINITY],
    [0.5, 10],
    [1, 10],
    [1.5, 20],
    [3, 30],
    [3.5, Number.POSITIVE_INFINITY],
    [7, Number.POSITIVE_INFINITY],
  ])('codes below %d are the numbers up to %d', (threshold, edge) => {
    const [column] = rankColumns({ features: [number], edges: [edges], orders: [null] });
    expect(column!.makerCodes).toBeNull();
    expect(column!.edgeOf!(threshold)).toBe(edge);
    // The rule, row by row: a number goes left where its code does.
    for (const value of [5, 10, 10.5, 20, 25, 30, 31]) {
      const code = [...edges].filter((each) => each < value).length;
      expect(value <= edge).toBe(code < threshold);
    }
  });

  test('a category has the codes that the ranks had for its texts, for others and for a missing one', () => {
    const feature = { name: 'city', kind: 'CATEGORY', categories: ['a', 'b', 'c'] } as const;
    // The ranks had "c" as 0, other texts as 1 and "a" as 2; "b" was in no row that they saw.
    const [column] = rankColumns({
      features: [feature],
      edges: [new Float64Array()],
      orders: [Uint8Array.of(2, 3, 0)],
    });
    expect(column).toEqual({ feature, makerCodes: [2, -1, 0, 1, null], edgeOf: null });
  });
});
