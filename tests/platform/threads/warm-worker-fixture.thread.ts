import { threadId } from 'node:worker_threads';
import { serveThread } from '../../../src/platform/threads/serve-thread.ts';

/** Says which thread did the order. */
serveThread<object, number>((_, say) => say(threadId));
