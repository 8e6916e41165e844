import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LiveIterator } from '../../../src/platform/concurrency/live-iterator.ts';

/** Something that changes: a row of numbers that grows, and perhaps ends. */
class Growing {
  readonly rows: number[] = [];
  releases = 0;
  #taken = 0;
  readonly iterator = new LiveIterator<number>({
    take: () => (this.#taken < this.rows.length ? this.rows[this.#taken++] : undefined),
    release: () => {
      this.releases += 1;
    },
  });

  add(count: number): void {
    for (let n = 0; n < count; n++) this.rows.push(this.rows.length);
    this.iterator.wake();
  }
}

/** Whether a promise is settled once everything that can run has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  await new Promise((resolve) => setImmediate(resolve));
  return !settled;
}

const DONE = { done: true, value: undefined };

describe('return()', () => {
  test('return() ends a waiting next() at once, and releases the source before it resolves', async () => {
    const source = new Growing();
    const waiting = source.iterator.next();
    expect(await isPending(waiting)).toBe(true);
    const returned = source.iterator.return();
    expect(source.releases).toBe(1);
    expect(await returned).toEqual(DONE);
    expect(await waiting).toEqual(DONE);
  });

  test('return() ends every waiting next()', async () => {
    const source = new Growing();
    const waiting = [source.iterator.next(), source.iterator.next(), source.iterator.next()];
    await source.iterator.return();
    expect(await Promise.all(waiting)).toEqual([DONE, DONE, DONE]);
  });

  test('after return() nothing more is given out, whatever there is or comes', async () => {
    const source = new Growing();
    source.add(3);
    expect(await source.iterator.next()).toEqual({ done: false, value: 0 });
    await source.iterator.return();
    source.add(1);
    expect(await source.iterator.next()).toEqual(DONE);
  });

  test('after return() nothing more is given out, not even an error', async () => {
    const source = new Growing();
    source.add(1);
    source.iterator.fail(new Error('no database'));
    await source.iterator.return();
    expect(await source.iterator.next()).toEqual(DONE);
    expect(source.releases).toBe(1);
  });

  test('a second return() does nothing', async () => {
    const source = new Growing();
    expect(await source.iterator.return()).toEqual(DONE);
    expect(await source.iterator.return()).toEqual(DONE);
    expect(source.releases).toBe(1);
  });
});

test('leaving a loop over the iterator releases the source', async () => {
  const source = new Growing();
  source.add(2);
  for await (const value of source.iterator) if (value === 0) break;
  expect(source.releases).toBe(1);
});

test('throw() releases the source and rejects', async () => {
  const source = new Growing();
  await expect(source.iterator.throw(new Error('enough'))).rejects.toThrow('enough');
  expect(source.releases).toBe(1);
});

test('an error is thrown after the items before it, ends the iterator and releases the source', async () => {
  const source = new Growing();
  const waiting = source.iterator.next();
  source.add(2);
  source.iterator.fail(new Error('no database'));
  expect(source.releases).toBe(1);
  expect(await waiting).toEqual({ done: false, value: 0 });
  expect(await source.iterator.next()).toEqual({ done: false, value: 1 });
  await expect(source.iterator.next()).rejects.toThrow('no database');
  expect(await source.iterator.next()).toEqual(DONE);
});

test('an error rejects one of several waiting consumers, and the others get the end', async () => {
  const source = new Growing();
  const both = [source.iterator.next(), source.iterator.next()];
  source.iterator.fail(new Error('no database'));
  await expect(both[0]).rejects.toThrow('no database');
  expect(await both[1]).toEqual(DONE);
});

test('the end comes after the items before it', async () => {
  const source = new Growing();
  source.add(1);
  source.iterator.end();
  expect(source.releases).toBe(1);
  expect(await source.iterator.next()).toEqual({ done: false, value: 0 });
  expect(await source.iterator.next()).toEqual(DONE);
});

test('every item is given out once, in order, and then the end, whatever the interleaving', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ kind: fc.constant('next' as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('breathe' as const), count: fc.constant(0) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const source = new Growing();
      const asked: Promise<IteratorResult<number, undefined>>[] = [];
      for (const { kind, count } of steps) {
        if (kind === 'add') source.add(count);
        else if (kind === 'breathe') await isPending(Promise.resolve());
        else for (let n = 0; n < count; n++) asked.push(source.iterator.next());
      }
      source.iterator.end();
      const missing = source.rows.length - asked.length;
      for (let n = 0; n <= missing; n++) asked.push(source.iterator.next());
      const results = await Promise.all(asked);
      const values = results.filter(({ done }) => done !== true).map(({ value }) => value);
      expect(values).toEqual(source.rows);
      expect(results.at(-1)).toEqual(DONE);
      expect(source.releases).toBe(1);
    }),
    { numRuns: 200 },
  );
});
