import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LiveIterator, type Look } from '../../src/platform/live-iterator.ts';

/** Something that changes: a row of numbers that grows, and perhaps ends. */
class Growing {
  readonly rows: number[] = [];
  listeners = 0;
  looks = 0;
  looksAtOnce = 0;
  ended = false;
  #seen = 0;
  #hint: () => void = () => undefined;
  readonly iterator: LiveIterator<number>;

  constructor() {
    this.iterator = new LiveIterator(
      (hint) => {
        this.listeners += 1;
        this.#hint = hint;
        return () => {
          this.listeners = 0;
        };
      },
      () => this.#look(),
    );
  }

  add(count: number): void {
    for (let n = 0; n < count; n++) this.rows.push(this.rows.length);
    this.#hint();
  }

  end(): void {
    this.ended = true;
    this.#hint();
  }

  async #look(): Promise<Look<number>> {
    this.looks += 1;
    this.looksAtOnce += 1;
    expect(this.looksAtOnce).toBe(1);
    const { ended } = this;
    const items = this.rows.slice(this.#seen);
    this.#seen = this.rows.length;
    await Promise.resolve();
    this.looksAtOnce -= 1;
    return { items, ended };
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
  test('ends a next() that waits, at once, and frees the listener before it even resolves', async () => {
    const source = new Growing();
    const waiting = source.iterator.next();
    expect(await isPending(waiting)).toBe(true);
    const returned = source.iterator.return();
    expect(source.listeners).toBe(0);
    expect(await returned).toEqual(DONE);
    expect(await waiting).toEqual(DONE);
  });

  test('ends every next() that waits', async () => {
    const source = new Growing();
    const waiting = [source.iterator.next(), source.iterator.next(), source.iterator.next()];
    await source.iterator.return();
    expect(await Promise.all(waiting)).toEqual([DONE, DONE, DONE]);
  });

  test('drops what was found and not yet taken', async () => {
    const source = new Growing();
    source.add(3);
    expect(await source.iterator.next()).toEqual({ done: false, value: 0 });
    await source.iterator.return();
    expect(await source.iterator.next()).toEqual(DONE);
  });

  test('while a look is under way throws away what that finds', async () => {
    const source = new Growing();
    source.add(1);
    const next = source.iterator.next();
    await source.iterator.return();
    expect(await next).toEqual(DONE);
  });

  test('before the first next() frees the listener, and nothing is ever looked at', async () => {
    const source = new Growing();
    await source.iterator.return();
    expect(source.listeners).toBe(0);
    source.add(1);
    expect(await source.iterator.next()).toEqual(DONE);
    expect(source.looks).toBe(0);
  });

  test('twice does no harm', async () => {
    const source = new Growing();
    expect(await source.iterator.return()).toEqual(DONE);
    expect(await source.iterator.return()).toEqual(DONE);
  });
});

test('leaving a loop over it frees the listener', async () => {
  const source = new Growing();
  source.add(2);
  for await (const value of source.iterator) if (value === 0) break;
  expect(source.listeners).toBe(0);
});

test('throw() frees the listener and rejects', async () => {
  const source = new Growing();
  await expect(source.iterator.throw(new Error('enough'))).rejects.toThrow('enough');
  expect(source.listeners).toBe(0);
});

test('an error of a look reaches the one who asked, ends the iterator and frees the listener', async () => {
  let listening = true;
  const iterator = new LiveIterator<number>(
    () => () => {
      listening = false;
    },
    () => Promise.reject(new Error('no database')),
  );
  const both = [iterator.next(), iterator.next()];
  await expect(both[0]).rejects.toThrow('no database');
  expect(await both[1]).toEqual(DONE);
  expect(listening).toBe(false);
});

test('it looks again only after a hint, and only when it is asked', async () => {
  const source = new Growing();
  const waiting = source.iterator.next();
  expect(await isPending(waiting)).toBe(true);
  expect(source.looks).toBe(1);
  source.add(1);
  source.add(1);
  expect(await waiting).toEqual({ done: false, value: 0 });
  expect(source.looks).toBe(2);
  source.add(1);
  await isPending(Promise.resolve());
  expect(source.looks).toBe(2);
});

test('whatever comes in between, every row comes once, in order, and then the end', async () => {
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
      source.end();
      const missing = source.rows.length - asked.length;
      for (let n = 0; n <= missing; n++) asked.push(source.iterator.next());
      const results = await Promise.all(asked);
      const values = results.filter(({ done }) => done !== true).map(({ value }) => value);
      expect(values).toEqual(source.rows);
      expect(results.at(-1)).toEqual(DONE);
      expect(source.listeners).toBe(0);
    }),
    { numRuns: 200 },
  );
});
