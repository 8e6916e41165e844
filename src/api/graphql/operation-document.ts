import { type DocumentNode, GraphQLError } from 'graphql';
import type { OperationRules } from '../limits/operation-rules.ts';
import { createDocumentCache, type DocumentCache } from './document-cache.ts';

/** An operation as a client sends it. */
export interface OperationPayload {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** Reads the documents of operations that come over sockets and event streams; one reader keeps them parsed for both. */
export class OperationReader {
  readonly #rules: OperationRules;
  readonly #documents: DocumentCache = createDocumentCache();

  constructor(rules: OperationRules) {
    this.#rules = rules;
  }

  /** The document of an operation that can be executed, or its errors, with the same codes as over HTTP. */
  read({ query, operationName, variables }: OperationPayload): DocumentNode | readonly GraphQLError[] {
    const known = this.#documents.get(query);
    try {
      const document = known ?? this.#rules.parse(query);
      const request = { operationName: operationName ?? null, variables: variables ?? {} };
      const refusals = this.#rules.refusalsOf(document, request);
      if (refusals.length > 0) return refusals;
      this.#documents.set(query, document);
      return document;
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }
}
