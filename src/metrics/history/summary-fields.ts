import { METRIC_FIELDS } from '../../ml/evaluation/metric-fields.ts';
import { HIGHER_IS_BETTER } from '../../ml/evaluation/metrics.ts';

/** What is summed up of runs: their metrics, and how long they took. */
export type SummaryField = (typeof METRIC_FIELDS)[number]['field'] | 'durationSeconds';

export const SUMMARY_FIELDS: readonly SummaryField[] = [...METRIC_FIELDS.map(({ field }) => field), 'durationSeconds'];

const LOWER_IS_BETTER: ReadonlySet<SummaryField> = new Set([
  'durationSeconds',
  ...METRIC_FIELDS.filter(({ name }) => !HIGHER_IS_BETTER[name]).map(({ field }) => field),
]);

/** Whether the best run is the one with the lowest value. */
export function lowerIsBetter(field: SummaryField): boolean {
  return LOWER_IS_BETTER.has(field);
}
