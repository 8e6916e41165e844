import type { Model, TreesModel } from '../model.ts';
import { createBinner } from './bin-column.ts';
import type { InputColumn } from './input-column.ts';
import { collectSplits, fillMasks, GROUP_ROWS } from './row-masks.ts';
import { addShallowTree, layOutShallowTrees } from './shallow-trees.ts';

/** Groups of rows that one tree predicts before the next tree does. */
const GROUPS = 8;

const BATCH_ROWS = GROUPS * GROUP_ROWS;

/** The margins of boosted trees for many rows, 32 of them at a time. */
export function shallowMargins(
  model: TreesModel,
  depths: Uint32Array,
  { features, reading }: Pick<Model, 'features' | 'reading'>,
  columns: readonly (InputColumn | null)[],
): (rows: Int32Array) => Float64Array {
  const width = model.startMargins.length;
  const splits = collectSplits(model, features);
  const trees = layOutShallowTrees(model, depths, splits.maskOfNode);
  const binners = splits.features.map((asked) =>
    createBinner(
      features[asked.feature]!,
      columns[asked.feature] ?? null,
      asked.kind === 'NUMBER' ? asked.edges : new Float64Array(0),
      reading,
    ),
  );
  const bins = new Uint16Array(binners.length * BATCH_ROWS);
  const masks = Array.from({ length: GROUPS }, () => new Int32Array(splits.maskCount));
  const margins = new Float64Array(width * BATCH_ROWS);
  return (rows) => {
    const results = new Float64Array(rows.length * width);
    for (let start = 0; start < rows.length; start += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, rows.length - start);
      const batch = rows.subarray(start, start + count);
      for (const [f, writeBins] of binners.entries()) writeBins(batch, bins, f * BATCH_ROWS);
      const groups = Math.ceil(count / GROUP_ROWS);
      for (let g = 0; g < groups; g++) fillMasks(splits, bins, BATCH_ROWS, g * GROUP_ROWS, masks[g]!);
      for (let k = 0; k < width; k++) margins.fill(model.startMargins[k]!, k * BATCH_ROWS, (k + 1) * BATCH_ROWS);
      for (let tree = 0; tree < depths.length; tree++) {
        const marginAt = (tree % width) * BATCH_ROWS;
        for (let g = 0; g < groups; g++) {
          addShallowTree(trees, tree, masks[g]!, margins, marginAt + g * GROUP_ROWS);
        }
      }
      for (let i = 0; i < count; i++) {
        for (let k = 0; k < width; k++) results[(start + i) * width + k] = margins[k * BATCH_ROWS + i]!;
      }
    }
    return results;
  };
}
