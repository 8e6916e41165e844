import { errorCodeOf } from '../error-code.ts';

/** An error in a form that keeps its code between threads. */
export interface ThreadFailure {
  readonly message: string;
  readonly stack: string | null;
  readonly code: unknown;
}

export function packError(error: unknown): ThreadFailure {
  if (!(error instanceof Error)) return { message: String(error), stack: null, code: undefined };
  return { message: error.message, stack: error.stack ?? null, code: errorCodeOf(error) };
}

/** The error of the other thread, with its stack. */
export function unpackError({ message, stack, code }: ThreadFailure): Error {
  const error = new Error(message);
  if (stack !== null) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
