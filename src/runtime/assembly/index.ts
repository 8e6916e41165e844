// What many rows are asked by trees: compiled by itself, with a memory of its own, for src/runtime/predict/tree-module.ts.

export { addTrees } from './shallow-trees';
export { walkTree } from './walk-tree';

/** Where the caller's data may begin. */
export const HEAP: usize = (__heap_base + 15) & ~15;
