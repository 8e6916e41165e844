import { LEAF, type MemberModel, type Model } from '../../runtime/model.ts';
import { type ColumnGain, columnGains } from '../importances/column-gains.ts';

/**
 * What each column is worth to a model that was fitted elsewhere: its share of the splits of all trees, as XGBoost's and
 * LightGBM's importances of the kinds `weight` and `split` are. What the splits gained is not in a model file of ours.
 */
export function columnSplits({ features, estimator }: Pick<Model, 'features' | 'estimator'>): ColumnGain[] {
  const counts = new Float64Array(features.length);
  const members: readonly MemberModel[] =
    estimator.kind === 'BLEND' ? estimator.members.map(({ model }) => model) : [estimator];
  for (const member of members) {
    if (member.kind !== 'TREES' && member.kind !== 'FOREST') continue;
    for (const feature of member.nodeFeatures) if (feature !== LEAF) counts[feature]!++;
  }
  return columnGains(features, counts);
}
