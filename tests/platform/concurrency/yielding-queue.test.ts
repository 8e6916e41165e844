import { expect, test } from 'vitest';
import { YieldingQueue } from '../../../src/platform/concurrency/yielding-queue.ts';

/** Longer than a turn, in which nothing else can be done. */
function work(): void {
  const end = performance.now() + 11;
  while (performance.now() < end);
}

test('waiting tasks run one after the other in order, with other work in between', async () => {
  const turns = new YieldingQueue();
  const done: string[] = [];
  const parts = ['a', 'b', 'c'].map(async (name) => {
    await turns.next();
    // As an execution does, it begins after a promise or two.
    await Promise.resolve();
    done.push(name);
    setImmediate(() => done.push(`other after ${name}`));
    work();
  });
  await Promise.all(parts);
  expect(done).toEqual(['a', 'other after a', 'b', 'other after b', 'c']);
});

test('many short tasks run without a pause between each', async () => {
  const turns = new YieldingQueue();
  let pauses = 0;
  let isOver = false;
  const count = () => {
    pauses += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all(Array.from({ length: 1_000 }, () => turns.next()));
  isOver = true;
  // However slow the machine is, they take no pause each.
  expect(pauses).toBeLessThan(1_000);
});

test('a task starts at once if nothing waits', async () => {
  const turns = new YieldingQueue();
  let isOthersTurn = false;
  setImmediate(() => {
    isOthersTurn = true;
  });
  await turns.next();
  expect(isOthersTurn).toBe(false);
});
