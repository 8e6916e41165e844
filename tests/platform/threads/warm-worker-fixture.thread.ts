import { threadId } from 'node:worker_threads';
import { serveOrders } from '../../../src/platform/threads/serve-orders.ts';

/** Says which thread did the order. */
serveOrders<object, number>((_, say) => say(threadId));
