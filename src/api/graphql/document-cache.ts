import type { DocumentNode } from 'graphql';

/** More than a product's pages subscribe with; beyond it the one that was asked for longest ago is forgotten. */
const MAX_DOCUMENTS = 200;

/** A longer query is read each time: what is kept must not add up to much. */
const MAX_LENGTH = 5_000;

/**
 * The documents that were executed, by their text. Thousands of sockets subscribe with the same few: each is parsed once,
 * and they share one document in memory.
 */
export class DocumentCache {
  readonly #documents = new Map<string, DocumentNode>();

  find(query: string): DocumentNode | undefined {
    return this.#documents.get(query);
  }

  /** Keeps a document, as the one that was asked for last. */
  keep(query: string, document: DocumentNode): void {
    if (query.length > MAX_LENGTH) return;
    this.#documents.delete(query);
    this.#documents.set(query, document);
    const [oldest] = this.#documents.keys();
    if (this.#documents.size > MAX_DOCUMENTS && oldest !== undefined) this.#documents.delete(oldest);
  }
}
