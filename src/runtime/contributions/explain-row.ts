import type { Model } from '../model.ts';
import { columnsOf, type InputColumn } from '../predict/input-column.ts';
import { createRowTable } from '../predict/predict-row.ts';
import type { InputRow } from '../predict/rows-to-table.ts';
import { explainBlend } from './explain-blend.ts';
import { type BoundExplainer, bindMember } from './explain-member.ts';

/** What one column does to an output of one row. */
export interface ColumnContribution {
  readonly column: string;
  readonly contribution: number;
}

/**
 * What moves an output of one row: `base` and all contributions sum to the output. That is the value (regression), the margin of
 * the label (LINEAR, GRADIENT_BOOSTING), or its probability (the other estimators, and blends).
 */
export interface RowExplanation {
  readonly base: number;
  /** Of every column that the model reads, the largest effect first. */
  readonly contributions: readonly ColumnContribution[];
}

/** Explains one output of one row: the number of a label, or 0 for regression. */
export type RowExplainer = (row: InputRow, output: number) => RowExplanation;

export interface Explainable {
  readonly explain: RowExplainer;
  /** About the steps that it takes for each row; some nanoseconds each. */
  readonly stepsPerRow: number;
}

/** Binds a model for explaining rows. Null for trees whose file does not tell how many training rows end in each leaf. */
export function createRowExplainer(model: Model): Explainable | null {
  const { columns, put } = createRowTable(model);
  const bound = bindExplainer(model, columnsOf(model.features, columns));
  if (bound === null) return null;
  const values = new Float64Array(model.features.length);
  const explain: RowExplainer = (row, output) => {
    put(row);
    values.fill(0);
    const base = bound.explain(output, values);
    return { base, contributions: byColumn(model, values) };
  };
  return { explain, stepsPerRow: bound.stepsPerRow };
}

function bindExplainer(model: Model, columns: readonly (InputColumn | null)[]): BoundExplainer | null {
  const { estimator } = model;
  if (estimator.kind !== 'BLEND') return bindMember(model, estimator, columns);
  return explainBlend(
    model,
    estimator,
    estimator.members.map((member) => bindMember(model, member.model, columns)),
  );
}

/** The features of one column, such as the parts of a date, count together. */
function byColumn({ features }: Model, values: Float64Array): readonly ColumnContribution[] {
  const sums = new Map<string, number>();
  for (const [i, { name }] of features.entries()) sums.set(name, (sums.get(name) ?? 0) + values[i]!);
  return [...sums]
    .map(([column, contribution]) => ({ column, contribution }))
    .sort((one, other) => Math.abs(other.contribution) - Math.abs(one.contribution));
}
