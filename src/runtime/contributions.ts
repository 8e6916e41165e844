/**
 * `trainyard/runtime/contributions`: what moved a prediction, column by column.
 *
 * @example
 * const { base, contributions } = createRowExplainer(model).explain(row, 1);
 */
export { createRowExplainer, type Explainable, type RowExplanation } from './contributions/explain-row.ts';
