import { elementsAt, type ForeignValue, fieldAt, fieldOf, numbersAt } from '../foreign-values.ts';

/**
 * What the splits of each input of a model of XGBoost (booster gbtree) have gained together: the reduction of its loss.
 *
 * @throws ForeignModelError where the file contradicts itself
 */
export function readGains(value: ForeignValue, featureCount: number): Float64Array {
  const gains = new Float64Array(featureCount);
  const trees = fieldAt({ value, path: '' }, 'learner', 'gradient_booster', 'model', 'trees');
  for (const tree of elementsAt(trees)) {
    const lefts = numbersAt(fieldOf(tree, 'left_children'));
    const features = numbersAt(fieldOf(tree, 'split_indices'), lefts.length);
    const changes = numbersAt(fieldOf(tree, 'loss_changes'), lefts.length);
    lefts.forEach((left, node) => {
      const feature = features[node]!;
      if (left !== -1 && feature < featureCount) gains[feature]! += changes[node]!;
    });
  }
  return gains;
}
