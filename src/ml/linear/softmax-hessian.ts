import { BLOCK_ROWS } from './design-rows.ts';
import { gramCost } from './gram.ts';
import type { SoftmaxLoss } from './linear-loss.ts';
import type { LinearObjective } from './linear-objective.ts';
import { sumByParts } from './sum-by-parts.ts';

/**
 * The hessian of a softmax loss and its penalty: the lower triangle of a square matrix, row after row, in which the weight
 * of class k in column c, padding left out, is number c * classes + k. Cost: for each row half the square of
 * features * classes.
 */
export function* softmaxHessian(
  objective: LinearObjective<SoftmaxLoss>,
  weights: Float64Array,
): Generator<number, Float64Array> {
  const { rows, loss } = objective;
  const { wasm, design } = rows;
  const { columnCount } = design;
  const gramNumbers = columnCount * columnCount;
  const pairs: { readonly k: number; readonly l: number }[] = [];
  for (let k = 0; k < loss.marginCount; k++) for (let l = 0; l <= k; l++) pairs.push({ k, l });
  // One gram matrix for each pair of classes.
  const part = wasm.doubles(pairs.length * gramNumbers);
  const partAt = wasm.addressOf(part);
  const curvaturesAt = wasm.addressOf(wasm.doubles(BLOCK_ROWS));
  const grams = new Float64Array(part.length);
  objective.setWeights(weights);
  yield* sumByParts(design.rows.length, {
    costPerRow: pairs.length * gramCost(design),
    begin: () => part.fill(0),
    addBlock: (start) => {
      const block = objective.marginsOfBlock(start);
      const count = block[4];
      loss.toProbabilities(objective.marginsAddress, start, count);
      for (const [p, { k, l }] of pairs.entries()) {
        loss.curvatures(objective.marginsAddress, k, l, start, count, curvaturesAt);
        wasm.functions.addGram(...block, curvaturesAt, partAt + p * gramNumbers * 8, columnCount);
      }
    },
    end: () => {
      for (let j = 0; j < grams.length; j++) grams[j]! += part[j]!;
    },
  });
  return assemble(grams, pairs, objective);
}

/** The columns that are not padding, in order. */
export function unpaddedColumns(objective: LinearObjective<SoftmaxLoss>): Int32Array {
  const { denseCount, width, columnCount } = objective.rows.design;
  return Int32Array.from({ length: columnCount - (width - denseCount) }, (_, c) =>
    c < denseCount ? c : c + width - denseCount,
  );
}

function assemble(
  grams: Float64Array,
  pairs: readonly { readonly k: number; readonly l: number }[],
  objective: LinearObjective<SoftmaxLoss>,
): Float64Array {
  const { loss, rows, l2 } = objective;
  const { columnCount } = rows.design;
  const columns = unpaddedColumns(objective);
  const size = columns.length * loss.marginCount;
  const hessian = new Float64Array(size * size);
  for (const [p, { k, l }] of pairs.entries()) {
    const from = p * columnCount * columnCount;
    for (const [c, column] of columns.entries()) {
      for (let d = 0; d <= c; d++) {
        const second = grams[from + column * columnCount + columns[d]!]!;
        // Where c is d, one of the two lies above the diagonal and is never read.
        hessian[(c * loss.marginCount + k) * size + d * loss.marginCount + l] = second;
        hessian[(c * loss.marginCount + l) * size + d * loss.marginCount + k] = second;
      }
    }
  }
  for (let j = loss.marginCount; j < size; j++) hessian[j * size + j]! += l2;
  return hessian;
}
