import type { FeatureImportance } from '../../ml/importances/feature-importance.ts';

/** An importance as stored. Earlier versions, whose workers may still run beside this one, only store the gain. */
export type StoredImportance = KnownImportance | EarlierImportance;

/** Earlier versions did not store the number of test rows. */
type KnownImportance = Omit<FeatureImportance, 'rows'> & Partial<Pick<FeatureImportance, 'rows'>>;

interface EarlierImportance extends Pick<FeatureImportance, 'feature' | 'importance'> {
  readonly method?: never;
}

export function toImportance(stored: StoredImportance): FeatureImportance {
  if (stored.method !== undefined) return { ...stored, rows: stored.rows ?? null };
  const { feature, importance } = stored;
  return { feature, method: 'GAIN', importance, stddev: null, gain: importance, isNoise: null, rows: null };
}
