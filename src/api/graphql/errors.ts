import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type ErrorCode, type ErrorDetails, TrainyardError, WrongArguments } from '../../errors.ts';
import { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';

/** Apollo's codes for invalid requests, and the corresponding ones of this API. */
const APOLLO_CODES: Readonly<Record<string, ErrorCode>> = {
  [ApolloServerErrorCode.GRAPHQL_PARSE_FAILED]: 'GRAPHQL_PARSE_FAILED',
  [ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED]: 'GRAPHQL_VALIDATION_FAILED',
  [ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE]: 'OPERATION_RESOLUTION_FAILURE',
  [ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED]: 'PERSISTED_QUERY_NOT_SUPPORTED',
  [ApolloServerErrorCode.BAD_USER_INPUT]: 'BAD_USER_INPUT',
  [ApolloServerErrorCode.BAD_REQUEST]: 'BAD_REQUEST',
};

/** Expected errors that are logged for the operator. STORAGE_FULL is logged where it occurs. */
const LOGGED_CODES: readonly ErrorCode[] = ['SERVICE_UNAVAILABLE', 'RATE_LIMITED'];

/** Logs and counts errors. */
export interface ErrorLog {
  readonly logger: Logger;
  /** Counts them. */
  readonly metrics: { countError(code: ErrorCode): void };
}

/** Maximum number of errors in a response; the last one says how many more there were. */
const MAX_ERRORS = 10;

/** Causes of causes: a cycle would have no end. */
const MAX_CAUSES = 6;

/** Maximum length of messages, hints and argument names, which may contain text of the client. */
const MAX_TEXT_LENGTH = 1_000;

/** Formats the errors of a response. */
export function formatErrors(
  errors: readonly GraphQLError[],
  requestId: string,
  log: ErrorLog,
): GraphQLFormattedError[] {
  const all = errors.flatMap(separate);
  const formatted = all.slice(0, MAX_ERRORS).map((error) => formatError(error, requestId, log));
  const last = formatted.at(-1);
  const omittedErrors = all.length - formatted.length;
  if (last === undefined || omittedErrors === 0) return formatted;
  return [...formatted.slice(0, -1), { ...last, extensions: { ...last.extensions, omittedErrors } }];
}

/** Splits WrongArguments into one error per argument, each with the same path. */
function separate(error: GraphQLError): readonly GraphQLError[] {
  const cause = innermost(error);
  if (!(cause instanceof WrongArguments)) return [error];
  const { nodes, path } = error;
  return cause.errors.map(
    (inputError) =>
      new GraphQLError(inputError.message, { nodes: nodes ?? null, path: path ?? null, originalError: inputError }),
  );
}

/** Formats an error, and counts it by its code. Unexpected errors become INTERNAL_SERVER_ERROR and are logged. */
export function formatError(
  error: GraphQLError,
  requestId: string,
  { logger, metrics }: ErrorLog,
): GraphQLFormattedError {
  const { message, locations, path } = error.toJSON();
  const location = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  const cause = innermost(error);
  const expected = toExpected(cause);
  if (expected !== null) {
    const { code, details } = expected;
    metrics.countError(code);
    if (LOGGED_CODES.includes(code)) {
      LimitedLog.of(logger).warn({ requestId, ...summaryOf(expected) }, `answered ${code}`);
    }
    return { message: cut(expected.message), ...location, extensions: { code, ...cutEach(details), requestId } };
  }
  const known = APOLLO_CODES[String(error.extensions['code'])] ?? requestErrorCode(cause, error);
  metrics.countError(known ?? 'INTERNAL_SERVER_ERROR');
  if (known !== null) return { message: cut(message), ...location, extensions: { code: known, requestId } };
  logger.error({ err: cause, requestId, path }, 'unexpected error');
  return {
    message: 'Internal server error.',
    ...location,
    extensions: { code: 'INTERNAL_SERVER_ERROR', hint: 'Tell the operator the requestId.', requestId },
  };
}

/** A short log entry without a stack: such errors come by the thousand, from known places. */
function summaryOf({ message, cause }: TrainyardError): object {
  if (!(cause instanceof Error)) return { reason: cut(message) };
  return { reason: cut(message), cause: kindOf(cause) };
}

/** Name and code of the innermost cause: the outer errors, such as the query builder's, only say that something failed. */
function kindOf(error: Error): string {
  let deepest = error;
  for (let depth = 0; depth < MAX_CAUSES && deepest.cause instanceof Error; depth += 1) deepest = deepest.cause;
  return 'code' in deepest ? `${deepest.name} ${String(deepest.code)}` : deepest.name;
}

function cut(text: string): string {
  // Half of a surrogate pair is no character.
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function cutEach(details: ErrorDetails): ErrorDetails {
  const entries = Object.entries(details).map(([name, detail]: [string, unknown]) => {
    return [name, typeof detail === 'string' ? cut(detail) : detail];
  });
  return Object.fromEntries(entries) as ErrorDetails;
}

/** The response body for a request that was refused before it became a GraphQL operation. */
export function errorBody(error: unknown, requestId: string, log: ErrorLog): { errors: GraphQLFormattedError[] } {
  const graphqlError =
    error instanceof GraphQLError
      ? error
      : new GraphQLError(error instanceof Error ? error.message : String(error), {
          originalError: error instanceof Error ? error : null,
        });
  return { errors: formatErrors([graphqlError], requestId, log) };
}

/** The value of the header `retry-after` for the errors of a response; null for none. */
export function retryAfterOf(errors: readonly GraphQLFormattedError[]): string | null {
  const seconds = errors.flatMap(({ extensions }) => {
    const each = extensions?.['retryAfterSeconds'];
    return typeof each === 'number' ? [each] : [];
  });
  return seconds.length === 0 ? null : String(Math.max(...seconds));
}

/** The HTTP status for a code if the whole request is refused. */
export function httpStatus(code: unknown): number {
  switch (code) {
    case 'UNAUTHENTICATED':
      return 401;
    case 'FORBIDDEN':
      return 403;
    case 'NOT_FOUND':
      return 404;
    case 'CONFLICT':
      return 409;
    case 'PAYLOAD_TOO_LARGE':
      return 413;
    case 'RATE_LIMITED':
      return 429;
    case 'SERVICE_UNAVAILABLE':
      return 503;
    case 'STORAGE_FULL':
      return 507;
    case 'INTERNAL_SERVER_ERROR':
      return 500;
    default:
      return 400;
  }
}

/** The original error: graphql-js wraps it, once or more, to add its location. */
function innermost(error: GraphQLError): Error {
  const { originalError } = error;
  if (originalError === undefined) return error;
  return originalError instanceof GraphQLError ? innermost(originalError) : originalError;
}

function toExpected(error: unknown): TrainyardError | null {
  return error instanceof TrainyardError ? error : null;
}

/** The code of errors that graphql-js reports about an operation, as opposed to errors of resolvers. */
function requestErrorCode(cause: unknown, error: GraphQLError): ErrorCode | null {
  // Apollo's code for unexpected errors, such as a response that cannot be serialized.
  if (error.extensions['code'] === ApolloServerErrorCode.INTERNAL_SERVER_ERROR) return null;
  return cause instanceof GraphQLError && error.path === undefined ? 'GRAPHQL_VALIDATION_FAILED' : null;
}
