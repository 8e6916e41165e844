import type { DocumentNode } from 'graphql';

/** Capacity of the cache, which evicts the least recently used document. */
const MAX_DOCUMENTS = 200;

/** Longer queries are not cached, which limits the memory of the cache. */
const MAX_LENGTH = 5_000;

/**
 * A cache of parsed documents by their text. Thousands of sockets subscribe with the same few: each is parsed once, and they
 * share one document in memory.
 */
export class DocumentCache {
  readonly #documents = new Map<string, DocumentNode>();

  find(query: string): DocumentNode | undefined {
    return this.#documents.get(query);
  }

  /** Adds a document as the most recently used one. */
  keep(query: string, document: DocumentNode): void {
    if (query.length > MAX_LENGTH) return;
    this.#documents.delete(query);
    this.#documents.set(query, document);
    const [oldest] = this.#documents.keys();
    if (this.#documents.size > MAX_DOCUMENTS && oldest !== undefined) this.#documents.delete(oldest);
  }
}
