/**
 * The one table of error codes that the API answers with. docs/errors.md lists the same codes, and a test compares
 * the two. A client switches on the code; the message is for people and may change.
 */
export const ERROR_CODES = {
  UNAUTHENTICATED: 'The operation needs a signed-in user, and the request has no valid token.',
  FORBIDDEN: 'The signed-in user may not do this.',
  NOT_FOUND: 'The workspace has nothing with this id.',
  BAD_USER_INPUT: 'An argument is wrong; `argument` names it and `hint` says what to do.',
  BAD_REQUEST: 'The HTTP request is not a valid GraphQL request.',
  GRAPHQL_PARSE_FAILED: 'The GraphQL document has a syntax error.',
  GRAPHQL_VALIDATION_FAILED: 'The GraphQL document does not match the schema.',
  OPERATION_RESOLUTION_FAILURE:
    'The document has no operation of that name, or the operation may not be sent by this HTTP method.',
  DOCUMENT_NOT_TRUSTED: 'The server executes only documents that its operator has listed, and this is none of them.',
  PERSISTED_QUERY_NOT_FOUND: 'The server knows no document with this id.',
  PERSISTED_QUERY_NOT_SUPPORTED: 'The request has only the hash of a document; persisted queries are not supported.',
  CONFLICT: 'The request conflicts with something that exists.',
  IDEMPOTENCY_CONFLICT: 'The idempotencyKey was used for a different request.',
  RUN_ALREADY_ENDED: 'The training has already ended, in another way.',
  UPLOAD_INCOMPLETE: 'Parts of the upload have not arrived; the message says which.',
  QUOTA_EXCEEDED: 'The workspace has reached a limit; the message says which.',
  PAYLOAD_TOO_LARGE: 'The request or the uploaded file is larger than the limit.',
  RATE_LIMITED: 'Too many requests; send fewer, or retry later.',
  ANSWER_TOO_LARGE: 'The response would be too large; request less at a time.',
  ENGINE_UNAVAILABLE: 'Too few hosts live for a training on several of them; the message says what is missing.',
  SERVICE_UNAVAILABLE: 'A part that the server needs, such as its database, is not available; retry later.',
  STORAGE_FULL: 'The server has no disk space left for the file.',
  INTERNAL_SERVER_ERROR: 'An unexpected error; the server log has the details under the requestId.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Why an operation is answered UNAUTHENTICATED: what a client can do differs. docs/errors.md lists the same. */
export const UNAUTHENTICATED_REASONS = {
  NO_TOKEN: 'The request has no token, or one that this server did not issue.',
  TOKEN_EXPIRED: 'The token has expired, but its session has not ended.',
  SESSION_ENDED: 'The session of the token has ended, by signOut or with the membership.',
  WRONG_CREDENTIALS: 'The e-mail address or the password is wrong.',
} as const;

export type UnauthenticatedReason = keyof typeof UNAUTHENTICATED_REASONS;

export interface ErrorDetails {
  /** Beside UNAUTHENTICATED. */
  readonly reason?: UnauthenticatedReason;
  /** The argument that is wrong, as a path: `input.parameters.maxDepth`. */
  readonly argument?: string;
  /** What the caller can do about it. */
  readonly hint?: string;
  readonly retryAfterSeconds?: number;
  /** The runs that stand in the way; the first 100 of them. */
  readonly runIds?: readonly string[];
}

/** An expected failure: its message is written for the caller and is sent as it stands. */
export class TrainyardError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.name = 'TrainyardError';
    this.code = code;
    this.details = details;
  }
}

/** Several wrong arguments, which are told together: each is an error of its own in the answer. By itself it is the first. */
export class WrongArguments extends TrainyardError {
  readonly errors: readonly TrainyardError[];

  constructor([first, ...others]: readonly [TrainyardError, ...TrainyardError[]]) {
    super(first.code, first.message, first.details);
    this.errors = [first, ...others];
  }
}

/** Gathers what is wrong with the arguments of a field, so that whoever fills in a form is told of all of it at once. */
export class InputErrors {
  readonly #found: TrainyardError[] = [];

  /** What a check gives; null, and its mistake kept, where it throws BAD_USER_INPUT. */
  collect<Checked>(check: () => Checked): Checked | null {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof TrainyardError && error.code === 'BAD_USER_INPUT')) throw error;
      this.#found.push(...(error instanceof WrongArguments ? error.errors : [error]));
      return null;
    }
  }

  /** Throws what was found, if anything was. */
  throwIfAny(): void {
    const [first, ...others] = this.#found;
    if (first !== undefined) throw others.length === 0 ? first : new WrongArguments([first, ...others]);
  }

  /** What the checks gave, none of which may give null by itself. Throws what was found, if anything was. */
  complete<Checked extends object>(checked: Checked): { [Name in keyof Checked]: NonNullable<Checked[Name]> } {
    this.throwIfAny();
    return checked as { [Name in keyof Checked]: NonNullable<Checked[Name]> };
  }
}

/** The error for an id that is unknown, or another workspace's: the two look the same from outside. */
export function notFound(what: string, id: string): TrainyardError {
  return new TrainyardError('NOT_FOUND', `There is no ${what} with the id "${id.slice(0, 60)}".`);
}

/** The error for a wrong argument. */
export function badInput(argument: string, message: string, hint?: string): TrainyardError {
  return new TrainyardError('BAD_USER_INPUT', message, hint === undefined ? { argument } : { argument, hint });
}

/** True for an error that goes by itself: what was asked for may succeed in a moment. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof TrainyardError && error.code === 'SERVICE_UNAVAILABLE';
}

/** The error for a file beyond the limit of MAX_CSV_UPLOAD_BYTES. */
export function fileTooLarge(maxBytes: number, argument = 'file'): TrainyardError {
  return new TrainyardError(
    'PAYLOAD_TOO_LARGE',
    `The file is larger than ${maxBytes} bytes, the limit of this server.`,
    {
      argument,
      hint: 'Upload fewer rows or columns, or ask the operator to raise MAX_CSV_UPLOAD_BYTES.',
    },
  );
}
