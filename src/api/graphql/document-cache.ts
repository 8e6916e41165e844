import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

const MAX_DOCUMENTS = 200;

/** Longer queries are not cached, which limits the memory of the cache. */
const MAX_LENGTH = 5_000;

export type DocumentCache = LRUCache<string, DocumentNode>;

/**
 * A cache of parsed documents by their text. Thousands of sockets subscribe with the same few: each is parsed once, and they
 * share one document in memory.
 */
export function createDocumentCache(): DocumentCache {
  return new LRUCache({
    max: MAX_DOCUMENTS,
    maxEntrySize: MAX_LENGTH,
    sizeCalculation: (_document, query) => query.length,
  });
}
