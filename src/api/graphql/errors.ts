import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type ErrorCode, type ErrorDetails, TrainyardError, WrongArguments } from '../../errors.ts';
import { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';

/** Codes that Apollo gives to mistakes in the request itself, and what they are here. */
const APOLLO_CODES: Readonly<Record<string, ErrorCode>> = {
  [ApolloServerErrorCode.GRAPHQL_PARSE_FAILED]: 'GRAPHQL_PARSE_FAILED',
  [ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED]: 'GRAPHQL_VALIDATION_FAILED',
  [ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE]: 'OPERATION_RESOLUTION_FAILURE',
  [ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED]: 'PERSISTED_QUERY_NOT_SUPPORTED',
  [ApolloServerErrorCode.BAD_USER_INPUT]: 'BAD_USER_INPUT',
  [ApolloServerErrorCode.BAD_REQUEST]: 'BAD_REQUEST',
};

/** Expected errors that tell the operator of a want, not only the caller of a mistake. A full disk is logged where it is met. */
const LOGGED_CODES: readonly ErrorCode[] = ['SERVICE_UNAVAILABLE', 'RATE_LIMITED'];

/** Where errors are written down. */
export interface ErrorLog {
  readonly logger: Logger;
  /** Counts them. */
  readonly metrics: { countError(code: ErrorCode): void };
}

/** An answer tells of so many errors; the last one says how many more there were. */
const MAX_ERRORS = 10;

/** Causes of causes: a cycle would have no end. */
const MAX_CAUSES = 6;

/** Of a message, a hint or the name of an argument: what a client has sent may stand in them, at any length. */
const MAX_TEXT_LENGTH = 1_000;

/** The errors of an answer as they go out. */
export function formatErrors(
  errors: readonly GraphQLError[],
  requestId: string,
  log: ErrorLog,
): GraphQLFormattedError[] {
  const all = errors.flatMap(apart);
  const formatted = all.slice(0, MAX_ERRORS).map((error) => formatError(error, requestId, log));
  const last = formatted.at(-1);
  const omittedErrors = all.length - formatted.length;
  if (last === undefined || omittedErrors === 0) return formatted;
  return [...formatted.slice(0, -1), { ...last, extensions: { ...last.extensions, omittedErrors } }];
}

/** Of wrong arguments that are told together each one, at the place of all of them. */
function apart(error: GraphQLError): readonly GraphQLError[] {
  const cause = innermost(error);
  if (!(cause instanceof WrongArguments)) return [error];
  const { nodes, path } = error;
  return cause.mistakes.map(
    (mistake) =>
      new GraphQLError(mistake.message, { nodes: nodes ?? null, path: path ?? null, originalError: mistake }),
  );
}

/** An error as it goes out, counted under its code. What was not meant for the caller becomes INTERNAL_SERVER_ERROR and goes to the log. */
export function formatError(
  error: GraphQLError,
  requestId: string,
  { logger, metrics }: ErrorLog,
): GraphQLFormattedError {
  const { message, locations, path } = error.toJSON();
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  const cause = innermost(error);
  const expected = toExpected(cause);
  if (expected !== null) {
    const { code, details } = expected;
    metrics.countError(code);
    if (LOGGED_CODES.includes(code))
      LimitedLog.of(logger).warn({ requestId, ...shortly(expected) }, `answered ${code}`);
    return { message: cut(expected.message), ...place, extensions: { code, ...cutEach(details), requestId } };
  }
  const known = APOLLO_CODES[String(error.extensions['code'])] ?? requestMistake(cause, error);
  metrics.countError(known ?? 'INTERNAL_SERVER_ERROR');
  if (known !== null) return { message: cut(message), ...place, extensions: { code: known, requestId } };
  logger.error({ err: cause, requestId, path }, 'an unexpected error');
  return {
    message: 'Something went wrong on the server.',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', hint: 'Tell the operator the requestId.', requestId },
  };
}

/** A line without a stack: such answers come by the thousand, and it is known where from. */
function shortly({ message, cause }: TrainyardError): object {
  if (!(cause instanceof Error)) return { reason: cut(message) };
  return { reason: cut(message), cause: kindOf(cause) };
}

/** Kind and code of the error that lies deepest: those above it, such as the query builder's, only say that it failed. */
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

/** The body of an answer to a request that never became a GraphQL operation. */
export function errorBody(error: unknown, requestId: string, log: ErrorLog): { errors: GraphQLFormattedError[] } {
  const graphqlError =
    error instanceof GraphQLError
      ? error
      : new GraphQLError(error instanceof Error ? error.message : String(error), {
          originalError: error instanceof Error ? error : null,
        });
  return { errors: [formatError(graphqlError, requestId, log)] };
}

/** The HTTP status that goes with a code where the whole request is refused. */
export function httpStatus(code: unknown): number {
  switch (code) {
    case 'UNAUTHENTICATED':
      return 401;
    case 'FORBIDDEN':
      return 403;
    case 'NOT_FOUND':
      return 404;
    case 'PAYLOAD_TOO_LARGE':
      return 413;
    case 'RATE_LIMITED':
      return 429;
    case 'SERVICE_UNAVAILABLE':
      return 503;
    case 'INTERNAL_SERVER_ERROR':
      return 500;
    default:
      return 400;
  }
}

/** What was thrown at first: graphql-js wraps it, once or more, to say where. */
function innermost(error: GraphQLError): Error {
  const { originalError } = error;
  if (originalError === undefined) return error;
  return originalError instanceof GraphQLError ? innermost(originalError) : originalError;
}

function toExpected(error: unknown): TrainyardError | null {
  return error instanceof TrainyardError ? error : null;
}

/** GraphQL's own complaints about an operation, as opposed to errors that a resolver threw. */
function requestMistake(cause: unknown, error: GraphQLError): ErrorCode | null {
  // Apollo's own word for an error that it did not expect, such as an answer that cannot be written.
  if (error.extensions['code'] === ApolloServerErrorCode.INTERNAL_SERVER_ERROR) return null;
  return cause instanceof GraphQLError && error.path === undefined ? 'GRAPHQL_VALIDATION_FAILED' : null;
}
