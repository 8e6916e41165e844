import type { FeatureImportance } from '../../ml/importances/feature-importance.ts';

/** An importance as rows hold it. Earlier versions, whose workers may still be at work beside this one, know the gain alone. */
export type StoredImportance = KnownImportance | EarlierImportance;

/** Rows of before it was kept how many test rows they are of lack that. */
type KnownImportance = Omit<FeatureImportance, 'rows'> & Partial<Pick<FeatureImportance, 'rows'>>;

interface EarlierImportance extends Pick<FeatureImportance, 'feature' | 'importance'> {
  readonly method?: never;
}

export function toImportance(stored: StoredImportance): FeatureImportance {
  if (stored.method !== undefined) return { ...stored, rows: stored.rows ?? null };
  const { feature, importance } = stored;
  return { feature, method: 'GAIN', importance, stddev: null, gain: importance, isNoise: null, rows: null };
}
