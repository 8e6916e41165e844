import { expect, test } from 'vitest';
import { FairLimiter } from '../../../src/platform/concurrency/fair-limiter.ts';

/** Tasks that end when they are told to, and the order in which they began. */
class Tasks {
  readonly begun: string[] = [];
  readonly #limiter: FairLimiter;
  readonly #ends = new Map<string, () => void>();
  readonly #promises = new Map<string, Promise<void>>();

  constructor(limiter: FairLimiter) {
    this.#limiter = limiter;
  }

  /** Each is named by its owner's letter and a number. */
  add(...names: string[]): void {
    for (const name of names) {
      this.#promises.set(
        name,
        this.#limiter.run(name.charAt(0), () => this.#begin(name)),
      );
    }
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await this.#promises.get(name);
  }

  #begin(name: string): Promise<void> {
    this.begun.push(name);
    return new Promise((resolve) => this.#ends.set(name, resolve));
  }
}

/** Lets go on whoever has been given a place. */
const nextMacrotask = () => new Promise((resolve) => setImmediate(resolve));

async function tasksOf(limit: number, ...names: string[]): Promise<Tasks> {
  const tasks = new Tasks(new FairLimiter(limit, 10));
  tasks.add(...names);
  await nextMacrotask();
  return tasks;
}

test('owners take turns, and the tasks of each keep their order', async () => {
  const tasks = await tasksOf(1, 'a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1');
  for (let n = 0; n < 6; n++) {
    await tasks.end(tasks.begun.at(-1) ?? '');
    await nextMacrotask();
  }
  expect(tasks.begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
});

test('one owner gets all slots while nobody else waits, and none before owners with fewer', async () => {
  const tasks = await tasksOf(2, 'a1', 'a2', 'a3', 'a4');
  expect(tasks.begun).toEqual(['a1', 'a2']);
  tasks.add('b1', 'b2');
  await tasks.end('a1');
  await nextMacrotask();
  expect(tasks.begun.slice(2)).toEqual(['b1']);
  // One of each is in flight: who waits longer for a turn is next, not who has just had one.
  tasks.add('c1');
  await tasks.end('a2');
  await nextMacrotask();
  expect(tasks.begun.slice(3)).toEqual(['a3']);
  await tasks.end('b1');
  await nextMacrotask();
  expect(tasks.begun.slice(4)).toEqual(['b2']);
  await tasks.end('b2');
  await nextMacrotask();
  expect(tasks.begun.slice(5)).toEqual(['c1']);
});

test('further tasks of an owner with too many waiting are refused, those of others are not', async () => {
  const limiter = new FairLimiter(1, 2);
  const tasks = new Tasks(limiter);
  tasks.add('a1', 'a2', 'a3');
  await expect(limiter.run('a', async () => 'never')).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    details: { retryAfterSeconds: 5 },
  });
  tasks.add('b1');
  for (const name of ['a1', 'a2', 'b1', 'a3']) {
    await nextMacrotask();
    await tasks.end(name);
  }
  expect(tasks.begun).toEqual(['a1', 'a2', 'b1', 'a3']);
});

test('a failed task frees its slot', async () => {
  const limiter = new FairLimiter(1, 2);
  const failed = limiter.run('a', () => Promise.reject(new Error('it failed')));
  const next = limiter.run('a', async () => 'done');
  await expect(failed).rejects.toThrow('it failed');
  expect(await next).toBe('done');
  expect(await limiter.run('b', async () => 'done')).toBe('done');
});
