import { type DocumentNode, GraphQLError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { OperationRules } from '../limits/operation-rules.ts';
import type { DocumentCache } from './document-cache.ts';

/** The document of an operation that can be executed, or its errors, with the same codes as over HTTP. */
export function readDocument(
  rules: OperationRules,
  documents: DocumentCache,
  { query, operationName, variables }: SubscribePayload,
): DocumentNode | readonly GraphQLError[] {
  const known = documents.get(query);
  try {
    const document = known ?? rules.parse(query);
    const refusals = rules.refusalsOf(document, { operationName: operationName ?? null, variables: variables ?? {} });
    if (refusals.length > 0) return refusals;
    documents.set(query, document);
    return document;
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}
