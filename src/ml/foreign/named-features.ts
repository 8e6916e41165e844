import type { ForeignFeature, ForeignTree } from './foreign-model.ts';

/** The features with what the trees say of them: which are used, and which of their codes are named. */
export function namedFeatures(
  features: readonly Omit<ForeignFeature, 'namedCodes' | 'isUsed'>[],
  trees: readonly ForeignTree[],
): readonly ForeignFeature[] {
  const isUsed = new Uint8Array(features.length);
  const codes = new Map<number, Set<number>>();
  for (const { rights, features: asked, sets } of trees) {
    for (let node = 0; node < rights.length; node++) if (rights[node] !== 0) isUsed[asked[node]!] = 1;
    for (const [node, set] of sets) {
      const feature = asked[node]!;
      const named = codes.get(feature) ?? new Set();
      codes.set(feature, named);
      for (const code of set.codes) named.add(code);
    }
  }
  return features.map((feature, f) => {
    const named = codes.get(f);
    return {
      ...feature,
      kind: named === undefined ? feature.kind : 'CATEGORY',
      namedCodes: [...(named ?? [])].sort((a, b) => a - b),
      isUsed: isUsed[f] === 1,
    };
  });
}
