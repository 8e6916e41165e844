import { type DocumentNode, GraphQLError } from 'graphql';
import { TrainyardError } from '../../errors.ts';
import type { OperationRules } from '../limits/operation-rules.ts';
import type { TrustedDocuments } from '../trusted-documents/trusted-documents.ts';
import { createDocumentCache, type DocumentCache } from './document-cache.ts';

/** An operation as a client sends it. */
export interface OperationPayload {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: unknown;
  readonly documentId?: unknown;
}

/** Reads the documents of operations that come over sockets and event streams; one reader keeps them parsed for both. */
export class OperationReader {
  readonly #rules: OperationRules;
  readonly #trusted: TrustedDocuments;
  readonly #documents: DocumentCache = createDocumentCache();

  constructor(rules: OperationRules, trusted: TrustedDocuments) {
    this.#rules = rules;
    this.#trusted = trusted;
  }

  /** The document of an operation that can be executed, or its errors, with the same codes as over HTTP. */
  read(payload: OperationPayload): DocumentNode | readonly GraphQLError[] {
    try {
      const { query: found, operationName, variables } = this.#trusted.resolve(payload);
      const query = found ?? '';
      const known = this.#documents.get(query);
      const document = known ?? this.#rules.parse(query);
      const request = { operationName: operationName ?? null, variables: variables ?? {} };
      const refusals = this.#rules.refusalsOf(document, request);
      if (refusals.length > 0) return refusals;
      this.#documents.set(query, document);
      return document;
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      if (error instanceof TrainyardError) return [new GraphQLError(error.message, { originalError: error })];
      throw error;
    }
  }
}
