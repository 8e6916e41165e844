import { gramCost } from './gram.ts';
import type { LinearObjective } from './linear-objective.ts';
import { MATRIX_COLUMNS } from './precondition.ts';

/** The pieces that a search is made of. */
interface SolverCounts {
  /** Of f and its gradient. */
  readonly evaluations: number;
  /** Of X' X, and as many factors of it. */
  readonly grams: number;
  /** Of the hessian of all classes. */
  readonly hessians: number;
}

/** The pieces that searches were seen to take, on files of 20,000 to 1,000,000 rows; about, as that depends on the data. */
const TYPICAL_COUNTS = {
  /** One step leads to the lowest point. */
  LEAST_SQUARES: { evaluations: 2, grams: 1, hessians: 0 },
  NEWTON: { evaluations: 8, grams: 4, hessians: 0 },
  /** From the lowest point of a sample. */
  NEWTON_WARM_START: { evaluations: 5, grams: 2, hessians: 0 },
  SOFTMAX: { evaluations: 35, grams: 1, hessians: 1 },
  LBFGS_WARM_START: { evaluations: 14, grams: 0, hessians: 0 },
  LBFGS: { evaluations: 90, grams: 1, hessians: 0 },
} as const satisfies Record<string, SolverCounts>;

export type SolverKind = keyof typeof TYPICAL_COUNTS;

/** How many multiplications a search usually takes; the making of rows counts as often as it is done. */
export function typicalCost(kind: SolverKind, objective: LinearObjective): number {
  const { evaluations, grams, hessians } = TYPICAL_COUNTS[kind];
  const { rows, loss, freeWeights } = objective;
  const { design } = rows;
  const rowBuilds = rows.isCached ? 1 : evaluations + grams;
  const isDiagonal = kind === 'LBFGS' && design.columnCount > MATRIX_COLUMNS;
  const pairs = (loss.marginCount * (loss.marginCount + 1)) / 2;
  const perRow =
    evaluations * (objective.costPerRow - rows.costPerRow) +
    rowBuilds * rows.costPerRow +
    ((isDiagonal ? 0 : grams) + hessians * pairs) * gramCost(design);
  const factors = (isDiagonal ? 0 : grams) * design.columnCount ** 3 + hessians * freeWeights ** 3;
  return design.rows.length * perRow + factors / 6;
}
