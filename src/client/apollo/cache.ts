import type { FieldPolicy, InMemoryCacheConfig, TypePolicies } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { POSSIBLE_TYPES } from './possible-types.ts';

/** An address that is valid for minutes: whoever asks gets it, and nothing is kept. */
const NEVER_KEPT: FieldPolicy = { read: () => undefined, merge: () => undefined };

/** Lists that are merged page by page: one for each value of the key arguments. */
const LISTS: TypePolicies = {
  Query: {
    fields: {
      artifacts: relayStylePagination(['filter']),
      batchPredictions: relayStylePagination(['filter']),
      datasets: relayStylePagination(['filter']),
      trainingRuns: relayStylePagination(['filter', 'orderBy']),
    },
  },
  Dataset: {
    fields: {
      downloadUrl: NEVER_KEPT,
      trainingRuns: relayStylePagination(),
      versions: relayStylePagination(),
    },
  },
  Workspace: {
    fields: {
      auditLog: relayStylePagination(),
      members: relayStylePagination(),
    },
  },
};

/** Types that have no `id`, and are nevertheless one thing wherever they appear. */
const KEYS: TypePolicies = {
  Algorithm: { keyFields: ['name'] },
  Health: { keyFields: [] },
  Limits: { keyFields: [] },
  ModelAlias: { keyFields: ['name'] },
  TrainingEvent: { keyFields: ['runId', 'seq'] },
};

/**
 * Settings of Apollo's cache for this API, to be given to `new InMemoryCache(…)`. `relayStylePagination` merges `edges`, not
 * `nodes`: select edges where you load more pages.
 */
export function trainyardCacheConfig(): InMemoryCacheConfig {
  return {
    possibleTypes: POSSIBLE_TYPES,
    typePolicies: {
      ...KEYS,
      ...LISTS,
      Artifact: { fields: { modelUrl: NEVER_KEPT } },
      Download: { keyFields: false, fields: { url: NEVER_KEPT } },
      UploadSession: { fields: { parts: NEVER_KEPT } },
    },
  };
}
