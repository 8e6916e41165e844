import type { Model } from '../../src/runtime/model.ts';

/** A blend of models of the same features and target. */
export function blendedModel(models: readonly Model[], weights: readonly number[], temperature = 1): Model {
  const [first] = models;
  if (first === undefined) throw new Error('a blend has members');
  const members = models.map(({ estimator }, i) => {
    if (estimator.kind === 'BLEND') throw new Error('a member is no blend');
    return { weight: weights[i]!, model: estimator };
  });
  return { ...first, algorithm: 'BLEND', estimator: { kind: 'BLEND', temperature, members } };
}
