/**
 * A pivot below this share of its diagonal element means that the column is, to rounding, a sum of earlier ones: its unknown
 * is set to 0, as if the column were not there.
 */
const PIVOT_TOLERANCE = 1e-10;

/** Multiplications between two yield points: about 10 ms. */
const COST_PER_STEP = 8_000_000;

/**
 * Replaces the lower triangle of a symmetric positive semidefinite matrix of size n * n (row after row) by its Cholesky
 * factor L, matrix = L L'. A column that depends on earlier ones gets an infinite pivot, so that its row of L is 0.
 * Yields now and then the multiplications since the last time. Cost: n^3 / 6 multiplications.
 */
export function* factorCholesky(matrix: Float64Array, n: number): Generator<number, void> {
  let cost = 0;
  for (let j = 0; j < n; j++) {
    cost += (j * j) / 2;
    if (cost > COST_PER_STEP) {
      yield cost;
      cost = 0;
    }
    const rowJ = j * n;
    const diagonal = matrix[rowJ + j]!;
    let pivot = diagonal;
    for (let k = 0; k < j; k++) {
      const rowK = k * n;
      const sum = (matrix[rowJ + k]! - product(matrix, rowJ, rowK, k)) / matrix[rowK + k]!;
      matrix[rowJ + k] = sum;
      pivot -= sum * sum;
    }
    matrix[rowJ + j] = pivot > PIVOT_TOLERANCE * diagonal ? Math.sqrt(pivot) : Number.POSITIVE_INFINITY;
  }
}

/** The sum of the products of `count` numbers from `a` on with those from `b` on: in four sums, as one would wait for each addition. */
function product(matrix: Float64Array, a: number, b: number, count: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let i = 0;
  for (; i < count - 3; i += 4) {
    sum0 += matrix[a + i]! * matrix[b + i]!;
    sum1 += matrix[a + i + 1]! * matrix[b + i + 1]!;
    sum2 += matrix[a + i + 2]! * matrix[b + i + 2]!;
    sum3 += matrix[a + i + 3]! * matrix[b + i + 3]!;
  }
  for (; i < count; i++) sum0 += matrix[a + i]! * matrix[b + i]!;
  return sum0 + sum1 + (sum2 + sum3);
}

/** Solves L L' x = b for a factor from factorCholesky; b is overwritten by x. Cost: n^2 multiplications. */
export function solveFactored(factor: Float64Array, vector: Float64Array): void {
  const n = vector.length;
  for (let j = 0; j < n; j++) {
    let sum = vector[j]!;
    for (let i = 0; i < j; i++) sum -= factor[j * n + i]! * vector[i]!;
    vector[j] = sum / factor[j * n + j]!;
  }
  for (let j = n - 1; j >= 0; j--) {
    const solved = vector[j]! / factor[j * n + j]!;
    vector[j] = solved;
    // By rows of L, as memory has them: each unknown is taken out of those before it.
    for (let i = 0; i < j; i++) vector[i]! -= factor[j * n + i]! * solved;
  }
}
