import { factorCholesky, solveFactored } from './cholesky.ts';
import type { LinearDesign } from './design.ts';
import { gramOf } from './gram.ts';

/** Multiplies a vector of weights by a rough inverse of the hessian, in place. */
export type Preconditioner = (vector: Float64Array) => void;

/** Up to so many columns the matrix below and its factor are cheap beside the iterations that they save. */
const MATRIX_COLUMNS = 500;

/**
 * Böhning's bound (1992): the hessian of a softmax loss is at most about X'X times the curvature of equally likely classes,
 * for each class alike. Its inverse takes out how the columns go together, which is what makes gradient methods slow.
 * With many columns only its diagonal is used: the rows in which a column is not 0.
 */
export function* createPreconditioner(
  design: LinearDesign,
  marginCount: number,
  l2: number,
): Generator<void, Preconditioner> {
  const curvature = marginCount === 1 ? 0.25 : (1 / marginCount) * (1 - 1 / marginCount);
  const { columnCount } = design;
  if (columnCount > MATRIX_COLUMNS) return diagonalPreconditioner(design, marginCount, curvature, l2);
  const matrix = yield* gramOf(design, curvature);
  for (let j = 1; j < columnCount; j++) matrix[j * columnCount + j]! += l2;
  yield* factorCholesky(matrix, columnCount);
  const column = new Float64Array(columnCount);
  return (vector) => {
    for (let k = 0; k < marginCount; k++) {
      for (let j = 0; j < columnCount; j++) column[j] = vector[j * marginCount + k]!;
      solveFactored(matrix, column);
      for (let j = 0; j < columnCount; j++) vector[j * marginCount + k] = column[j]!;
    }
  };
}

function diagonalPreconditioner(
  design: LinearDesign,
  marginCount: number,
  curvature: number,
  l2: number,
): Preconditioner {
  const rowsOfColumn = new Float64Array(design.columnCount).fill(design.rows.length);
  for (const feature of design.features) {
    if (feature.kind === 'NUMBER') {
      if (feature.missingColumn >= 0) rowsOfColumn[feature.missingColumn] = feature.missingRows;
    } else {
      for (const [code, column] of feature.columnOfCode.entries()) {
        if (column >= 0) rowsOfColumn[column] = feature.rowsOfCode[code]!;
      }
    }
  }
  return (vector) => {
    for (let j = 0; j < vector.length; j++) {
      vector[j]! /= curvature * rowsOfColumn[Math.floor(j / marginCount)]! + l2;
    }
  };
}
