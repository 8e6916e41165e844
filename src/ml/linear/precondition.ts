import { factorCholesky, solveFactored } from './cholesky.ts';
import { gramOf } from './gram.ts';
import type { SoftmaxLoss } from './linear-loss.ts';
import { addToDiagonal, type LinearObjective } from './linear-objective.ts';
import { softmaxHessian, unpaddedColumns } from './softmax-hessian.ts';

/** Multiplies a vector of weights by a rough inverse of the hessian, in place. */
export type Preconditioner = (vector: Float64Array) => void;

/** Up to this many columns, the matrix below and its factorization are cheap beside the iterations that they save. */
export const MATRIX_COLUMNS = 500;

/** Of a column that a sample should have in fewer rows, it may well have none. */
const FEW_ROWS = 20;

/** The second derivative of a row's loss where all classes are equally likely. */
function curvatureBound(marginCount: number): number {
  return marginCount === 1 ? 0.25 : (1 / marginCount) * (1 - 1 / marginCount);
}

/**
 * Böhning's bound (1992): the hessian of a softmax loss is at most about X'X times the curvature of equally likely classes,
 * for each class alike. Its inverse takes out how the columns go together, which is what makes gradient methods slow.
 * With many columns only its diagonal is used: the rows in which a column is not 0.
 */
export function* boundPreconditioner(objective: LinearObjective): Generator<number, Preconditioner> {
  const { loss, rows, l2 } = objective;
  const { stride, marginCount } = loss;
  const curvature = curvatureBound(marginCount) * rows.design.weightPerRow;
  const { columnCount, rowsOfColumn } = rows.design;
  if (columnCount > MATRIX_COLUMNS) {
    return (vector) => {
      for (let j = 0; j < vector.length; j++) {
        // A column of padding has no rows and no slope.
        vector[j]! /= curvature * Math.max(1, rowsOfColumn[Math.floor(j / stride)]!) + l2;
      }
    };
  }
  const matrix = yield* gramOf(rows, curvature);
  addToDiagonal(matrix, columnCount, l2);
  yield* factorCholesky(matrix, columnCount);
  const column = new Float64Array(columnCount);
  return (vector) => {
    for (let k = 0; k < marginCount; k++) {
      for (let j = 0; j < columnCount; j++) column[j] = vector[j * stride + k]!;
      solveFactored(matrix, column);
      for (let j = 0; j < columnCount; j++) vector[j * stride + k] = column[j]!;
    }
  };
}

/** The inverse of the hessian of a softmax loss at some weights. */
export function* hessianPreconditioner(
  objective: LinearObjective<SoftmaxLoss>,
  weights: Float64Array,
): Generator<number, Preconditioner> {
  const { marginCount, stride } = objective.loss;
  const hessian = yield* softmaxHessian(objective, weights);
  const columns = unpaddedColumns(objective);
  const solved = new Float64Array(columns.length * marginCount);
  regularizeRareColumns(objective, columns, hessian);
  yield* factorCholesky(hessian, solved.length);
  return (vector) => {
    for (const [c, column] of columns.entries()) {
      for (let k = 0; k < marginCount; k++) solved[c * marginCount + k] = vector[column * stride + k]!;
    }
    solveFactored(hessian, solved);
    for (const [c, column] of columns.entries()) {
      for (let k = 0; k < marginCount; k++) vector[column * stride + k] = solved[c * marginCount + k]!;
    }
  };
}

/**
 * Raises the second derivatives of columns that a sample has in few rows or none: with next to no penalty they would be next to
 * 0, and steps without measure. What they are raised by is Böhning's bound for as many rows as the sample should have.
 */
function regularizeRareColumns(
  objective: LinearObjective<SoftmaxLoss>,
  columns: Int32Array,
  hessian: Float64Array,
): void {
  const { marginCount } = objective.loss;
  const { rows, rowsOfColumn } = objective.rows.design;
  const size = columns.length * marginCount;
  // The first column is that of the intercept, which is 1 in all rows, of which the sample is one.
  const share = rows.length / rowsOfColumn[0]!;
  for (const [c, column] of columns.entries()) {
    const expected = share * rowsOfColumn[column]!;
    if (expected >= FEW_ROWS) continue;
    for (let k = 0; k < marginCount; k++) {
      const j = c * marginCount + k;
      hessian[j * size + j]! += curvatureBound(marginCount) * expected;
    }
  }
}

/** The preconditioner times a number. */
export function scaled(precondition: Preconditioner, factor: number): Preconditioner {
  return (vector) => {
    precondition(vector);
    for (let j = 0; j < vector.length; j++) vector[j]! *= factor;
  };
}
