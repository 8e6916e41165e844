import type { HostileRequest } from './hostile-request.ts';
import { followOperation, postOperation } from './post.ts';

/** The same field under so many names. */
function named(count: number, field: string): string {
  return Array.from({ length: count }, (_, index) => `a${index}:${field}`).join(' ');
}

const INTROSPECTION_BOMB = `{__schema{types{...F}}}
  fragment F on __Type{${named(60, 'fields{type{...G}}')}}
  fragment G on __Type{${named(60, 'fields{...H}')}}
  fragment H on __Field{${named(300, 'name')}}`;

/** Documents that are short and ask for much. */
export const DOCUMENTS: readonly HostileRequest[] = [
  {
    name: 'introspection whose fragments multiply, HTTP',
    send: (target) => postOperation(target, { query: INTROSPECTION_BOMB }, null),
  },
  {
    name: 'introspection whose fragments multiply, WebSocket',
    send: (target) => followOperation(target, { query: INTROSPECTION_BOMB }, null),
  },
];
