import { parentPort } from 'node:worker_threads';
import { type CrewAnswer, type CrewRequest, performRequest } from '../tabular/reading-crew.ts';

/** What a helper of inspect-csv.thread.ts says: each piece of its work, and that there is nothing left to do. */
export type HelperMessage = CrewAnswer | { readonly type: 'done' };

const port = parentPort;

port?.on('message', (request: CrewRequest) => {
  performRequest(request, (answer) => port.postMessage(answer));
  port.postMessage({ type: 'done' } satisfies HelperMessage);
});
