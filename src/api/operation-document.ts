import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  validate,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { ErrorCode } from '../errors.ts';
import { excessOf, MAX_TOKENS } from './limits.ts';

/** The document of an operation that can be executed, or what is wrong with it, under the codes that HTTP gives too. */
export function readDocument(schema: GraphQLSchema, payload: SubscribePayload): DocumentNode | GraphQLError[] {
  const { query, operationName, variables } = payload;
  const document = parseDocument(query);
  if (document instanceof GraphQLError) return [withCode(document, 'GRAPHQL_PARSE_FAILED')];
  const mistakes = validate(schema, document);
  if (mistakes.length > 0) return [...mistakes];
  const operation = getOperationAST(document, operationName);
  if (!operation) {
    return [withCode(new GraphQLError('The document has no operation of that name.'), 'OPERATION_RESOLUTION_FAILURE')];
  }
  const excess = excessOf(document, operation, variables ?? {});
  if (excess !== null) return [withCode(excess, 'GRAPHQL_VALIDATION_FAILED')];
  const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  return errors.length > 0 ? errors.map((error) => withCode(error, 'BAD_USER_INPUT')) : document;
}

function parseDocument(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxLexicalTokens: MAX_TOKENS });
  } catch (error) {
    return error instanceof GraphQLError ? error : new GraphQLError('The GraphQL document cannot be parsed.');
  }
}

function withCode(error: GraphQLError, code: ErrorCode): GraphQLError {
  error.extensions['code'] = code;
  return error;
}
