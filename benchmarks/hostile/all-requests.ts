import { ANSWERS } from './answers.ts';
import { CONNECTIONS } from './connections.ts';
import { DOCUMENTS } from './documents.ts';
import type { HostileRequest } from './hostile-request.ts';
import { WIDE_FILES } from './wide-files.ts';

/** Every hostile request, in the order in which they are sent. Each file beside this one has those of one kind. */
export const HOSTILE_REQUESTS: readonly HostileRequest[] = [...DOCUMENTS, ...ANSWERS, ...CONNECTIONS, ...WIDE_FILES];
