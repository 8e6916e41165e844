import { METRIC_FIELDS } from '../../ml/evaluation/metric-fields.ts';
import { HIGHER_IS_BETTER } from '../../ml/evaluation/metrics.ts';

/** The fields of a summary: the metrics, and the training time. */
export type SummaryField = (typeof METRIC_FIELDS)[number]['field'] | 'durationSeconds';

export const SUMMARY_FIELDS: readonly SummaryField[] = [...METRIC_FIELDS.map(({ field }) => field), 'durationSeconds'];

const LOWER_IS_BETTER: ReadonlySet<SummaryField> = new Set([
  'durationSeconds',
  ...METRIC_FIELDS.filter(({ name }) => !HIGHER_IS_BETTER[name]).map(({ field }) => field),
]);

/** Whether lower values are better. */
export function lowerIsBetter(field: SummaryField): boolean {
  return LOWER_IS_BETTER.has(field);
}
