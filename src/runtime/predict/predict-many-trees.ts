import type { ForestModel, Model, TreesModel } from '../model.ts';
import { createBinner } from './bin-column.ts';
import { compiledWalker } from './compiled-walker.ts';
import type { InputColumn } from './input-column.ts';
import { shallowMargins } from './predict-shallow-trees.ts';
import { BATCH_ROWS, type BatchBinner, walkTrees } from './predict-trees.ts';
import { SHALLOW_DEPTH, treeDepths } from './shallow-trees.ts';

/** For fewer rows the preparations for many would cost more than they save. */
const FEW_ROWS = 512;

/** So many rows at a time are worth the code for many, once it is prepared. */
const MIN_ROWS = 32;

/** As walkTrees; once many rows have been asked for, it prepares for many. */
export function treeOutputs(
  model: TreesModel | ForestModel,
  reading: Pick<Model, 'features' | 'reading'>,
  columns: readonly (InputColumn | null)[],
  outputs: number,
): (rows: Int32Array) => Float64Array {
  const ofFew = walkTrees(model, reading, columns, outputs);
  let ofMany: ((rows: Int32Array) => Float64Array) | null = null;
  let asked = 0;
  return (rows) => {
    asked += rows.length;
    if (asked < FEW_ROWS || rows.length < MIN_ROWS) return ofFew(rows);
    ofMany ??= manyOutputs(model, reading, columns, outputs);
    return ofMany(rows);
  };
}

function manyOutputs(
  model: TreesModel | ForestModel,
  reading: Pick<Model, 'features' | 'reading'>,
  columns: readonly (InputColumn | null)[],
  outputs: number,
): (rows: Int32Array) => Float64Array {
  // Those of one number in a leaf.
  if (model.kind === 'TREES' && model.combine !== 'LEAVES' && model.leafSize === 1 && !model.slopes) {
    const depths = treeDepths(model);
    const isShallow = depths.every((depth) => depth <= SHALLOW_DEPTH);
    const margins = isShallow ? shallowMargins(model, depths, reading, columns) : null;
    if (margins !== null) return margins;
  }
  const walker = compiledWalker(model, reading.features) ?? undefined;
  return walkTrees(model, reading, columns, outputs, binByColumns(model, reading, columns), walker);
}

/** Bins rows one column after the other. */
function binByColumns(
  model: TreesModel | ForestModel,
  { features, reading }: Pick<Model, 'features' | 'reading'>,
  columns: readonly (InputColumn | null)[],
): BatchBinner {
  const binners = features.map((feature, i) => createBinner(feature, columns[i] ?? null, model.edges[i]!, reading));
  const column = new Uint16Array(BATCH_ROWS);
  return (rows, bins) => {
    for (const [f, binColumn] of binners.entries()) {
      binColumn(rows, column, 0);
      for (let i = 0; i < rows.length; i++) bins[i * features.length + f] = column[i]!;
    }
  };
}
