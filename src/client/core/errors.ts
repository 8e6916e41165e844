import type { Answer, AnswerError } from './operation.ts';

/** Codes of this package, beside those of docs/errors.md. */
export type ClientErrorCode =
  /** The server could not be reached, or the connection broke. */
  | 'NETWORK_ERROR'
  /** What came back was no answer of a GraphQL server, such as the page of a proxy. */
  | 'BAD_RESPONSE';

/** An operation that failed. */
export class TrainyardError extends Error {
  override readonly name = 'TrainyardError';
  /** Of the table in docs/errors.md, or a `ClientErrorCode`. */
  readonly code: string;
  /** What can be done. */
  readonly hint: string | null;
  /** Why nobody is signed in; only with UNAUTHENTICATED. */
  readonly reason: string | null;
  /** When to try again. */
  readonly retryAfterSeconds: number | null;
  /** Finds the request in the log of the server. */
  readonly requestId: string | null;
  /** Every error of the answer; the fields above are of the first. */
  readonly errors: readonly AnswerError[];
  /** The fields that did not fail. */
  readonly data: unknown;

  constructor(errors: readonly AnswerError[], data: unknown = null, options?: ErrorOptions) {
    const [first] = errors;
    super(first?.message ?? 'The operation failed.', options);
    const { code, hint, reason, retryAfterSeconds, requestId } = first?.extensions ?? {};
    this.code = code ?? 'INTERNAL_SERVER_ERROR';
    this.hint = hint ?? null;
    this.reason = reason ?? null;
    this.retryAfterSeconds = retryAfterSeconds ?? null;
    this.requestId = requestId ?? null;
    this.errors = errors;
    this.data = data;
  }
}

/** An error that this package found itself. */
export function clientError(code: ClientErrorCode, message: string, cause?: unknown): TrainyardError {
  return new TrainyardError([{ message, extensions: { code } }], null, cause === undefined ? {} : { cause });
}

/** The data of an answer without errors. */
export function dataOf<Result>({ data, errors }: Answer<Result>): Result {
  if (errors.length > 0) throw new TrainyardError(errors, data);
  if (data === null) throw clientError('BAD_RESPONSE', 'The answer has neither data nor errors.');
  return data;
}

/** What was wrong, for a form. */
export interface FieldErrors {
  /** Messages by the path of the field, without the leading `input.`: `target`, `parameters.maxDepth`, `features.3`. */
  readonly byField: Readonly<Record<string, string>>;
  /** What can be done about some of them, by the same paths. */
  readonly hints: Readonly<Record<string, string>>;
  /** Messages that belong to no field. */
  readonly others: readonly string[];
}

/**
 * The messages of a failed mutation, beside the fields that they are about. Reads errors of this package, of Apollo Client
 * (`errors`), of urql (`graphQLErrors`) and lists of GraphQL errors.
 */
export function fieldErrors(error: unknown): FieldErrors {
  if (error === null || error === undefined) return { byField: {}, hints: {}, others: [] };
  const byField: Record<string, string> = {};
  const hints: Record<string, string> = {};
  const others: string[] = [];
  const errors = errorsIn(error);
  for (const { message, extensions } of errors) {
    const field = extensions?.argument?.replace(/^input\./, '');
    if (field === undefined) others.push(message);
    else {
      byField[field] = field in byField ? `${byField[field]} ${message}` : message;
      if (extensions?.hint) hints[field] = extensions.hint;
    }
  }
  if (errors.length === 0) others.push(error instanceof Error ? error.message : 'The operation failed.');
  return { byField, hints, others };
}

function errorsIn(error: unknown): readonly AnswerError[] {
  if (Array.isArray(error)) return error as readonly AnswerError[];
  if (typeof error !== 'object' || error === null) return [];
  for (const key of ['errors', 'graphQLErrors'] as const) {
    const errors = (error as Record<typeof key, unknown>)[key];
    if (Array.isArray(errors)) return errors as readonly AnswerError[];
  }
  return [];
}

/** Sockets that are closed for good, by the codes of docs/errors.md. */
const FINAL_CLOSE_CODES: Readonly<Record<number, AnswerError>> = {
  4401: { message: 'The session has ended.', extensions: { code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' } },
  4429: { message: 'There are too many open sockets.', extensions: { code: 'RATE_LIMITED' } },
};

/** Anything thrown, as a TrainyardError. */
export function toTrainyardError(error: unknown): TrainyardError {
  if (error instanceof TrainyardError) return error;
  if (Array.isArray(error)) return new TrainyardError(error as readonly AnswerError[]);
  const closeCode = (error as { code?: unknown } | null)?.code;
  if (typeof closeCode === 'number' && closeCode in FINAL_CLOSE_CODES) {
    return new TrainyardError([FINAL_CLOSE_CODES[closeCode]!], null, { cause: error });
  }
  return clientError('NETWORK_ERROR', 'The server cannot be reached.', error);
}
