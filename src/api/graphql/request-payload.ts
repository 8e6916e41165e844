import { TrainyardError } from '../../errors.ts';
import type { GraphQLHttpRequest } from './graphql.ts';
import type { OperationPayload } from './operation-document.ts';

/** The operation of a request, by either method. Throws BAD_REQUEST if there is none. */
export function payloadOf({ method, search, body }: GraphQLHttpRequest): OperationPayload {
  return method === 'GET' ? payloadOfSearch(new URLSearchParams(search)) : payloadOfBody(body);
}

function payloadOfSearch(search: URLSearchParams): OperationPayload {
  const repeated = [...search.keys()].find((name) => search.getAll(name).length > 1);
  if (repeated !== undefined) throw badRequest('A search parameter may be given once.');
  const query = search.get('query');
  const operationName = search.get('operationName');
  const variables = search.get('variables');
  const extensions = search.get('extensions');
  return payloadOfBody({
    ...{ query, operationName, documentId: search.get('documentId') },
    variables: variables === null ? null : parseJson('variables', variables),
    extensions: extensions === null ? null : parseJson('extensions', extensions),
  });
}

function payloadOfBody(body: unknown): OperationPayload {
  if (!isFields(body)) {
    throw badRequest('The request must be a JSON object with query and variables: one operation, not a list.');
  }
  const { operationName = null, variables = null, extensions = null, documentId = null } = body;
  // The document may be named by an id instead.
  const isNamed = documentId !== null || extensions !== null;
  const query = isNamed ? (body['query'] ?? '') : body['query'];
  if (typeof query !== 'string' || (query === '' && !isNamed)) throw badRequest('query must be a GraphQL document.');
  if (operationName !== null && typeof operationName !== 'string') throw badRequest('operationName must be a text.');
  if (variables !== null && !isFields(variables)) throw badRequest('variables must be a JSON object.');
  return { query, operationName, variables, extensions, documentId };
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(`${name} must be JSON.`);
  }
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function badRequest(message: string): TrainyardError {
  return new TrainyardError('BAD_REQUEST', message);
}
