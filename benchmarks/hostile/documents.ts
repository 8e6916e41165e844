import { HOSTILE_OPERATIONS } from '../../tests/support/hostile-operations.ts';
import type { HostileRequest } from './hostile-request.ts';
import { followOperation, postOperation } from './post.ts';

/** Documents and variables that are short and ask for much, of anybody. */
export const DOCUMENTS: readonly HostileRequest[] = HOSTILE_OPERATIONS.flatMap((operation) => [
  {
    name: `${operation.name}, HTTP`,
    send: (target) => postOperation(target, operation, null),
  },
  {
    name: `${operation.name}, WebSocket`,
    send: (target) => followOperation(target, operation, null),
  },
]);
