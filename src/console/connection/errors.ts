import { CombinedGraphQLErrors } from '@apollo/client';
import { TrainyardError } from '../../client/core/index.ts';

/** What people read of a failed operation. */
export interface ErrorText {
  readonly message: string;
  readonly hint: string | null;
  /** The argument that the message is about; null for none. */
  readonly argument: string | null;
}

export function textOf(error: unknown): ErrorText {
  if (CombinedGraphQLErrors.is(error)) {
    const [first] = error.errors;
    const extensions = (first?.extensions ?? {}) as { hint?: string; argument?: string };
    return {
      message: first?.message ?? error.message,
      hint: extensions.hint ?? null,
      argument: extensions.argument ?? null,
    };
  }
  if (error instanceof TrainyardError) {
    const hint = error.code === 'NETWORK_ERROR' ? 'It is tried again as soon as the server is back.' : error.hint;
    return { message: error.message, hint, argument: error.errors[0]?.extensions?.argument ?? null };
  }
  return { message: error instanceof Error ? error.message : String(error), hint: null, argument: null };
}
