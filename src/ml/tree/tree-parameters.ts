import { optionalNumberParameter, type Parameters } from '../parameters/parameter-spec.ts';
import type { GrowthLimits } from './grow-tree.ts';

/** Parameters that several kinds of trees take; each kind has its own defaults. */

export function maxDepthParameter(defaultDepth: number) {
  return {
    name: 'maxDepth',
    kind: 'INT',
    default: defaultDepth,
    min: 1,
    // A deeper tree fits noise; 2^32 leaves are more than any table has rows.
    max: 32,
    choices: [],
    description: 'The maximum depth of the tree.',
  } as const;
}

export function minSamplesLeafParameter(defaultRows: number) {
  return {
    name: 'minSamplesLeaf',
    kind: 'INT',
    default: defaultRows,
    min: 1,
    max: 1_000_000,
    choices: [],
    description: 'The minimum number of training rows in a leaf; larger values give smaller, smoother trees.',
  } as const;
}

export const MAX_LEAVES_PARAMETER = {
  name: 'maxLeaves',
  kind: 'INT',
  default: null,
  min: 2,
  max: 65_536,
  choices: [],
  description: 'The maximum number of leaves of a tree, which is grown best-first. Not set: limited only by maxDepth.',
} as const;

export const MAX_BINS_PARAMETER = {
  name: 'maxBins',
  kind: 'INT',
  default: 255,
  min: 2,
  // With the bin for missing values, a bin's number fits into one byte.
  max: 255,
  choices: [],
  description:
    'The maximum number of bins into which the values of a numeric feature are grouped; splits are only between bins.',
} as const;

export const SEED_PARAMETER = {
  name: 'seed',
  kind: 'INT',
  default: 0,
  min: -2_147_483_648,
  max: 2_147_483_647,
  choices: [],
  description: 'The seed of the random numbers; the same seed and data give the same model.',
} as const;

export function growthLimits(parameters: Parameters): GrowthLimits {
  return {
    maxDepth: optionalNumberParameter(parameters, 'maxDepth') ?? Number.POSITIVE_INFINITY,
    maxLeaves: optionalNumberParameter(parameters, 'maxLeaves') ?? Number.POSITIVE_INFINITY,
  };
}
