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
    description: 'The most questions that a tree asks about one row.',
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
    description: 'The least training rows in each leaf; larger values make smoother, smaller trees.',
  } as const;
}

export const MAX_LEAVES_PARAMETER = {
  name: 'maxLeaves',
  kind: 'INT',
  default: null,
  min: 2,
  max: 65_536,
  choices: [],
  description: 'The most leaves of a tree; the most useful splits are made first. Not set: no limit but maxDepth.',
} as const;

export const MAX_BINS_PARAMETER = {
  name: 'maxBins',
  kind: 'INT',
  default: 255,
  min: 2,
  // With the bin for missing values, a bin's number fits into one byte.
  max: 255,
  choices: [],
  description: 'Numbers are divided into at most so many ranges; trees ask only about the bounds between them.',
} as const;

export const SEED_PARAMETER = {
  name: 'seed',
  kind: 'INT',
  default: 0,
  min: -2_147_483_648,
  max: 2_147_483_647,
  choices: [],
  description: 'Chooses the random numbers of the fitting; the same seed and rows give the same model.',
} as const;

export function growthLimits(parameters: Parameters): GrowthLimits {
  return {
    maxDepth: optionalNumberParameter(parameters, 'maxDepth') ?? Number.POSITIVE_INFINITY,
    maxLeaves: optionalNumberParameter(parameters, 'maxLeaves') ?? Number.POSITIVE_INFINITY,
  };
}
