import type { FeatureImportance } from '../ml/importances/feature-importance.ts';

/** An importance as rows hold it. Earlier versions, whose workers may still be at work beside this one, know the gain alone. */
export type StoredImportance = FeatureImportance | EarlierImportance;

interface EarlierImportance extends Pick<FeatureImportance, 'feature' | 'importance'> {
  readonly method?: never;
}

export function toImportance(stored: StoredImportance): FeatureImportance {
  if (stored.method !== undefined) return stored;
  const { feature, importance } = stored;
  return { feature, method: 'GAIN', importance, stddev: null, gain: importance, isNoise: null };
}
