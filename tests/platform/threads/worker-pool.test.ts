import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { PoolCoordinator } from '../../../src/platform/threads/pool-coordinator.ts';
import { startPoolWorkers } from '../../../src/platform/threads/start-pool-workers.ts';
import { ThreadDiedError } from '../../../src/platform/threads/threads.ts';
import { WarmWorker } from '../../../src/platform/threads/warm-worker.ts';
import { eventually } from '../../support/eventually.ts';
import type { LeaderOrder } from './pool-coordinator-fixture.thread.ts';
import { doTask, POOL_STEP, type PoolJob } from './pool-tasks.ts';

const TASKS = 40;

function shared(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

function newOrder(): PoolJob {
  return { done: shared(TASKS), gate: shared(1), waiting: shared(1) };
}

const WORKER = new URL('./pool-worker-fixture.thread.ts', import.meta.url);

describe('a pool that this thread coordinates', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  function lead(poolWorkers: number) {
    const { access, workers } = startPoolWorkers(WORKER, poolWorkers);
    const leader = new PoolCoordinator(access);
    const exits = workers.map((worker) => new Promise<number>((resolve) => worker.on('exit', resolve)));
    closing.push(() => Promise.all(workers.map((worker) => worker.terminate())));
    return { leader, exits };
  }

  test.each([0, 1, 3])('a pool does each task of each step once, with %i workers', async (poolWorkers) => {
    const { leader, exits } = lead(poolWorkers);
    for (let job = 1; job <= 3; job++) {
      const order = newOrder();
      leader.setUp(new Array<PoolJob>(poolWorkers).fill(order));
      for (let step = 0; step < 200; step++) {
        leader.each(POOL_STEP.COUNT, TASKS, (task) => doTask(order, POOL_STEP.COUNT, task));
        expect(order.done.every((times) => times === step + 1)).toBe(true);
      }
    }
    leader[Symbol.dispose]();
    expect(await Promise.all(exits)).toEqual(exits.map(() => 0));
  });

  test('a pool returns the result of each long task once, from all threads', () => {
    const { leader } = lead(2);
    const order = newOrder();
    leader.setUp([order, order]);
    function* work(task: number): Generator<number, string> {
      // Until a follower has come, so that some results are theirs.
      yield Atomics.wait(order.done, TASKS - 1, 0, 20) === 'ok' ? 0.5 : 0.25;
      return doTask(order, POOL_STEP.COUNT, task);
    }
    const results = [...leader.all(3, TASKS, work)].flatMap((news) => (news.type === 'result' ? [news] : []));
    expect(results.map(({ task }) => task).sort((a, b) => a - b)).toEqual(
      Array.from({ length: TASKS - 3 }, (_, i) => i + 3),
    );
    for (const { task, result } of results) expect(result).toMatch(new RegExp(`^task ${task} by `));
    expect([...order.done]).toEqual(Array.from({ length: TASKS }, (_, task) => (task < 3 ? 0 : 1)));
  });

  test('a pool begins no task after the caller has stopped', () => {
    const { leader } = lead(1);
    const order = newOrder();
    leader.setUp([order]);
    function* work(task: number): Generator<number, string> {
      yield 0.5;
      return doTask(order, POOL_STEP.COUNT, task);
    }
    for (const news of leader.all(0, TASKS, work)) if (news.type === 'result') break;
    const done = order.done.slice();
    // The next job finds everyone at rest.
    leader.setUp([newOrder()]);
    leader.each(POOL_STEP.COUNT, TASKS, () => undefined);
    expect([...order.done]).toEqual([...done]);
  });
});

describe('a thread that coordinates a pool', () => {
  const thread = new WarmWorker<LeaderOrder, string>(
    new URL('./pool-coordinator-fixture.thread.ts', import.meta.url),
    WORKER,
  );
  afterAll(() => thread.close());

  const lead = (order: PoolJob, step: number, signal: AbortSignal, messages: string[] = []) =>
    thread.run({ order, step }, { poolWorkers: 3, onMessage: (message) => messages.push(message), signal });

  test('the coordinator of a pool gets the error of a worker’s task', async () => {
    const messages: string[] = [];
    await lead(newOrder(), POOL_STEP.THROW, new AbortController().signal, messages);
    expect(messages).toEqual([expect.stringMatching(/^RangeError: task \d+ fails$/)]);
  });

  test('the coordinator of a pool fails when a worker dies', async () => {
    await expect(lead(newOrder(), POOL_STEP.DIE, new AbortController().signal)).rejects.toThrow(ThreadDiedError);
  });

  test('the coordinator of a pool ends at once with its workers, whatever they do', async () => {
    const order = newOrder();
    const stop = new AbortController();
    const run = lead(order, POOL_STEP.WAIT, stop.signal);
    await eventually(() => expect(Atomics.load(order.waiting, 0)).toBe(4));
    stop.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
  });
});
