import { threadId, workerData } from 'node:worker_threads';
import { serveKeyedThread } from '../../../src/platform/threads/serve-keyed-thread.ts';

export type EchoRequest =
  | { readonly type: 'echo'; readonly text: string }
  | { readonly type: 'fail' }
  | { readonly type: 'wait' }
  | { readonly type: 'die' };

export interface EchoReply {
  readonly text: string;
  readonly threadId: number;
}

const { greeting } = workerData as { readonly greeting: string };

serveKeyedThread<EchoRequest, EchoReply>(async (request) => {
  switch (request.type) {
    case 'echo':
      return { text: `${greeting}, ${request.text}`, threadId };
    case 'fail':
      throw Object.assign(new Error('refused'), { code: 'EREFUSED' });
    case 'wait':
      return await new Promise<EchoReply>(() => undefined);
    case 'die':
      process.exit(1);
  }
});
