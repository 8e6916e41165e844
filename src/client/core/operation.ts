/** The text of an operation, with the types of its result and of its variables. A plain string is one of unknown types. */
export interface Operation<Result, Variables> {
  toString(): string;
  /** Only for the type checker; the same as in the documents of GraphQL Code Generator. */
  readonly __apiType?: (variables: Variables) => Result;
}

/** What the server answers. */
export interface Answer<Result> {
  readonly data: Result | null;
  readonly errors: readonly AnswerError[];
}

/** An entry of `errors`. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: {
    readonly code?: string;
    readonly argument?: string;
    readonly hint?: string;
    readonly reason?: string;
    readonly requestId?: string;
    readonly retryAfterSeconds?: number;
  };
}

/** Variables that hold a file are sent as a form. */
export function fileIn(variables: object): { readonly name: string; readonly file: Blob } | null {
  for (const [name, value] of Object.entries(variables)) {
    if (typeof Blob !== 'undefined' && value instanceof Blob) return { name, file: value };
  }
  return null;
}
