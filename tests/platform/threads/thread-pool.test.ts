import { afterEach, describe, expect, test, vi } from 'vitest';
import { ThreadPool, type ThreadPoolOptions } from '../../../src/platform/threads/thread-pool.ts';
import { ThreadDiedError } from '../../../src/platform/threads/threads.ts';
import { eventually } from '../../support/eventually.ts';
import type { FixtureAnswer, FixtureRequest, FixtureTask } from './pooled-fixture.thread.ts';

type Pool = ThreadPool<FixtureRequest, FixtureAnswer>;

const pools: Pool[] = [];

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function open(options: Partial<ThreadPoolOptions> = {}): Pool {
  const file = new URL('./pooled-fixture.thread.ts', import.meta.url);
  const pool: Pool = new ThreadPool(file, { size: 2, maxWaiting: 100, idleMilliseconds: 60_000, ...options });
  pools.push(pool);
  return pool;
}

function gate(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

function openGate(closed: Int32Array): void {
  Atomics.store(closed, 0, 1);
  Atomics.notify(closed, 0);
}

/** A task whose leader begins at once, and whose pieces wait. */
function taskOf(pieces: number, options: Partial<FixtureTask> = {}): FixtureTask {
  const leaderGate = gate();
  openGate(leaderGate);
  return { pieces, taken: gate(), gate: gate(), leaderGate, workersDie: false, ...options };
}

const THREAD: FixtureRequest = { type: 'thread' };

/** Has a pool as many idle threads as it may have. */
async function warmUp(pool: Pool, size: number): Promise<void> {
  const closed = gate();
  const held = Array.from({ length: size }, () => pool.run({ type: 'thread', gate: closed }));
  openGate(closed);
  await Promise.all(held);
  expect(pool.threadCount).toBe(size);
}

describe('threads', () => {
  test('threads are started when needed, up to the limit, and reused', async () => {
    const pool = open();
    expect(pool.threadCount).toBe(0);
    const first = await pool.run(THREAD);
    const second = await pool.run(THREAD);
    expect(second.thread).toBe(first.thread);
    expect(pool.threadCount).toBe(1);
    const answers = await Promise.all(Array.from({ length: 60 }, () => pool.run(THREAD)));
    expect(new Set(answers.map(({ thread }) => thread)).size).toBeLessThanOrEqual(2);
    expect(pool.threadCount).toBe(2);
  });

  test('threads end when they have been idle for long', async () => {
    const pool = open({ idleMilliseconds: 1 });
    await Promise.all([pool.run(THREAD), pool.run(THREAD)]);
    await eventually(() => expect(pool.threadCount).toBe(0));
    expect((await pool.run(THREAD)).thread).toBeGreaterThan(0);
  });

  test('threads survive errors, which arrive with their code', async () => {
    const pool = open({ size: 1 });
    const { thread } = await pool.run(THREAD);
    await expect(pool.run({ type: 'throw' })).rejects.toMatchObject({ message: 'not today', code: 'NOT_TODAY' });
    expect((await pool.run(THREAD)).thread).toBe(thread);
  });

  test('a thread that dies fails its own request, and is replaced', async () => {
    const pool = open();
    const [held, fatal] = [gate(), gate()];
    const survivor = pool.run({ type: 'thread', gate: held });
    const dying = pool.run({ type: 'die', gate: fatal });
    const waiting = pool.run(THREAD);
    openGate(fatal);
    await expect(dying).rejects.toThrow(ThreadDiedError);
    expect((await waiting).thread).toBeGreaterThan(0);
    openGate(held);
    expect((await survivor).thread).toBeGreaterThan(0);
    expect(pool.threadCount).toBe(2);
  });

  test('threads end with the pool, and their requests are rejected', async () => {
    const pool = open({ size: 1 });
    const inFlight = pool.run({ type: 'thread', gate: gate() });
    const waiting = pool.run(THREAD);
    const outcomes = Promise.allSettled([inFlight, waiting]);
    await pool.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(pool.threadCount).toBe(0);
    await expect(pool.run(THREAD)).rejects.toThrow('ended');
  });
});

describe('requests', () => {
  test('requests wait in order, up to the limit', async () => {
    const pool = open({ size: 1, maxWaiting: 2 });
    const held = gate();
    const order: number[] = [];
    const requests = [0, 1, 2].map((index) =>
      pool.run({ type: 'thread', gate: held }).then(() => void order.push(index)),
    );
    await expect(pool.run(THREAD)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      details: { retryAfterSeconds: 5 },
    });
    openGate(held);
    await Promise.all(requests);
    expect(order).toEqual([0, 1, 2]);
  });

  test('cancelled waiting requests are not started', async () => {
    const pool = open({ size: 1, maxWaiting: 1 });
    const [held, gone] = [gate(), new AbortController()];
    const first = pool.run({ type: 'thread', gate: held });
    const second = pool.run({ type: 'die' }, { signal: gone.signal });
    gone.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    const third = pool.run(THREAD);
    openGate(held);
    expect((await third).thread).toBe((await first).thread);
    await expect(pool.run(THREAD, { signal: gone.signal })).rejects.toThrow('gone');
  });

  test('cancelled running requests are ended, and free their slot', async () => {
    const pool = open({ size: 1 });
    const gone = new AbortController();
    const { thread } = await pool.run(THREAD);
    const endless = pool.run({ type: 'thread', gate: gate() }, { signal: gone.signal });
    const waiting = pool.run(THREAD);
    gone.abort(new Error('gone'));
    await expect(endless).rejects.toThrow('gone');
    expect((await waiting).thread).not.toBe(thread);
  });

  test('a result that arrives while its thread is being ended is not used for another request', async () => {
    const pool = open({ size: 1 });
    const [gone, held] = [new AbortController(), gate()];
    await pool.run(THREAD);
    const late = pool.run({ type: 'thread', gate: held }, { signal: gone.signal });
    const waiting = pool.run(THREAD);
    gone.abort(new Error('gone'));
    setImmediate(() => {
      openGate(held);
      // An event loop that is busy for longer than the grace lasts: the answer is there before anyone looks.
      Atomics.wait(gate(), 0, 0, 300);
    });
    await expect(late).rejects.toThrow('gone');
    expect((await waiting).thread).toBeGreaterThan(0);
  });

  test('cancelled requests that end soon by themselves leave their thread alive', async () => {
    const pool = open({ size: 1 });
    const [gone, held] = [new AbortController(), gate()];
    const { thread } = await pool.run(THREAD);
    const short = pool.run({ type: 'thread', gate: held }, { signal: gone.signal });
    // The time that it has for this does not pass.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    gone.abort(new Error('gone'));
    openGate(held);
    await expect(short).rejects.toThrow('gone');
    vi.useRealTimers();
    expect((await pool.run(THREAD)).thread).toBe(thread);
  });
});

describe('helpers', () => {
  test('idle threads work on a request together and share its pieces', async () => {
    const pool = open({ size: 4 });
    const held = gate();
    const busy = pool.run({ type: 'thread', gate: held });
    const task = taskOf(30);
    const shared = pool.run({ type: 'share', task }, { workers: 7 });
    // Each of the three has taken a piece and waits.
    await eventually(() => expect(task.taken[0]).toBe(3));
    openGate(task.gate);
    const { workers, pieces } = await shared;
    expect(workers).toBe(2);
    expect(pieces.map(({ piece }) => piece).sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(new Set(pieces.map(({ thread }) => thread)).size).toBe(3);
    openGate(held);
    await busy;
  });

  test('a request does not wait for further threads: alone a thread does everything', async () => {
    const pool = open({ size: 1 });
    const task = taskOf(5);
    openGate(task.gate);
    expect(await pool.run({ type: 'share', task }, { workers: 7 })).toMatchObject({
      workers: 0,
      pieces: { length: 5 },
    });
  });

  test('additional threads are called back after a piece for a request that would have to wait', async () => {
    const pool = open();
    await warmUp(pool, 2);
    const task = taskOf(20, { leaderGate: gate() });
    const shared = pool.run({ type: 'share', task }, { workers: 1 });
    await eventually(() => expect(task.taken[0]).toBe(1));
    const other = pool.run(THREAD);
    openGate(task.gate);
    // The other request has the helper's thread, while the leader still waits; then that does the rest.
    const worker = (await other).thread;
    openGate(task.leaderGate);
    const { workers, pieces } = await shared;
    expect(workers).toBe(1);
    expect(pieces.map(({ piece }) => piece).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(pieces.filter(({ thread }) => thread === worker)).toHaveLength(1);
    expect(pool.threadCount).toBe(2);
  });

  test('many requests for many threads at once all complete', async () => {
    const pool = open({ size: 3 });
    const shared = Array.from({ length: 12 }, async () => {
      const task = taskOf(9);
      openGate(task.gate);
      const { pieces } = await pool.run({ type: 'share', task }, { workers: 7 });
      return pieces.map(({ piece }) => piece).sort((a, b) => a - b);
    });
    for (const pieces of await Promise.all(shared)) expect(pieces).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(pool.threadCount).toBeLessThanOrEqual(3);
  });

  test('an additional thread that dies fails its request, and no other', async () => {
    const pool = open({ size: 3 });
    const held = gate();
    const other = pool.run({ type: 'thread', gate: held });
    const task = taskOf(4, { workersDie: true });
    openGate(task.gate);
    await expect(pool.run({ type: 'share', task }, { workers: 1 })).rejects.toThrow(ThreadDiedError);
    openGate(held);
    expect((await other).thread).toBeGreaterThan(0);
    expect((await pool.run(THREAD)).thread).toBeGreaterThan(0);
  });
});
