import { afterAll, expect, test } from 'vitest';
import { WarmWorker } from '../../../src/platform/threads/warm-worker.ts';

const thread = new WarmWorker<object, number>(
  new URL('./warm-worker-fixture.thread.ts', import.meta.url),
  new URL('./pool-worker-fixture.thread.ts', import.meta.url),
);
afterAll(() => thread.close());

/** Which thread did the order. */
async function doneBy({ isLarge = false, order = {} as object, transfer = [] as ArrayBuffer[] } = {}): Promise<number> {
  let id = -1;
  const signal = new AbortController().signal;
  const onMessage = (threadId: number) => {
    id = threadId;
  };
  await thread.run(order, { poolWorkers: 0, isLarge, transfer, onMessage, signal });
  return id;
}

test('a thread that did a small task does the next one too', async () => {
  expect(await doneBy()).toBe(await doneBy());
});

test('a thread that did a large task is not reused, so that its memory is returned', async () => {
  const large = await doneBy({ isLarge: true });
  expect(await doneBy()).not.toBe(large);
});

test('transferred buffers are not kept by the sender', async () => {
  const bytes = new Uint8Array(1_000);
  await doneBy({ order: { bytes }, transfer: [bytes.buffer] });
  expect(bytes).toHaveLength(0);
});
