import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { ErrorCode } from '../errors.ts';
import type { KnownDocuments } from './known-documents.ts';
import { excessOf, MAX_TOKENS } from './limits.ts';

/** The document of an operation that can be executed, or what is wrong with it, under the codes that HTTP gives too. */
export function readDocument(
  schema: GraphQLSchema,
  documents: KnownDocuments,
  payload: SubscribePayload,
): DocumentNode | GraphQLError[] {
  const { query, operationName, variables } = payload;
  const document = findDocument(documents, query);
  if ('length' in document) return [...document];
  const operation = getOperationAST(document, operationName);
  if (!operation) {
    return [withCode(new GraphQLError('The document has no operation of that name.'), 'OPERATION_RESOLUTION_FAILURE')];
  }
  const excess = excessOf(document, operation, variables ?? {});
  if (excess !== null) return [withCode(excess, 'GRAPHQL_VALIDATION_FAILED')];
  const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  return errors.length > 0 ? errors.map((error) => withCode(error, 'BAD_USER_INPUT')) : document;
}

/** Parses a query. Throws where it cannot. */
export function parseDocument(query: string): DocumentNode {
  return parse(query, { maxLexicalTokens: MAX_TOKENS });
}

function findDocument(documents: KnownDocuments, query: string): DocumentNode | readonly GraphQLError[] {
  try {
    return documents.read(query);
  } catch (error) {
    const mistake = error instanceof GraphQLError ? error : new GraphQLError('The GraphQL document cannot be parsed.');
    return [withCode(mistake, 'GRAPHQL_PARSE_FAILED')];
  }
}

function withCode(error: GraphQLError, code: ErrorCode): GraphQLError {
  error.extensions['code'] = code;
  return error;
}
