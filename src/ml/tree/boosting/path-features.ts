/** A node of a tree: split by a feature, or a leaf. */
export interface PathNode<Node> {
  readonly split: { readonly feature: number } | null;
  readonly children: readonly [Node, Node] | null;
}

/**
 * For each leaf the features that are no categories on its way from the root, each once, the last one that it asks about last; of more
 * than `most` the last ones.
 */
export function pathFeatures<Node extends PathNode<Node>>(
  root: Node,
  isCategory: Uint8Array,
  most: number,
): Map<Node, readonly number[]> {
  const paths = new Map<Node, readonly number[]>();
  const descend = (node: Node, path: readonly number[]): void => {
    if (node.children === null || node.split === null) {
      paths.set(node, path);
      return;
    }
    const { feature } = node.split;
    const below = isCategory[feature] === 1 ? path : [...path.filter((each) => each !== feature), feature].slice(-most);
    for (const child of node.children) descend(child, below);
  };
  descend(root, []);
  return paths;
}
