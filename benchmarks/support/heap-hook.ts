/**
 * Loaded into an API process with --import and --expose-gc, where a benchmark wants to see inside: when it is sent a
 * message, it collects what is garbage and answers with what is left. The server itself knows nothing of it.
 */
import { queryObjects } from 'node:v8';

/** What is alive in a process. */
export interface HeapState {
  readonly heapBytes: number;
  /** Objects of these classes. */
  readonly iterators: number;
  readonly followers: number;
  readonly feeds: number;
}

type Class = Parameters<typeof queryObjects>[0];

process.on('message', () => void report());
// It must not keep a process alive that wants to end.
process.channel?.unref();

async function report(): Promise<void> {
  // The very modules that the server has loaded.
  const [{ LiveIterator }, { EventFollower }, { ChangePoller }] = (await Promise.all([
    import(new URL('../../dist/platform/concurrency/live-iterator.js', import.meta.url).href),
    import(new URL('../../dist/training/live/run-followers.js', import.meta.url).href),
    import(new URL('../../dist/jobs/live/change-poller.js', import.meta.url).href),
  ])) as [{ LiveIterator: Class }, { EventFollower: Class }, { ChangePoller: Class }];
  const count = (of: Class) => queryObjects(of, { format: 'count' });
  // What a first collection releases may hold more.
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const state: HeapState = {
    heapBytes: process.memoryUsage().heapUsed,
    iterators: count(LiveIterator),
    followers: count(EventFollower),
    feeds: count(ChangePoller),
  };
  process.send?.(state);
}
