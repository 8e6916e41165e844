import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Consumption, LeasedCounter, type PointLimiter } from '../../../src/api/rate-limits/leased-counter.ts';

const WINDOW = 60_000;

/** Counts as the database does for all processes, and how often it was asked. */
class CountedLimiter implements PointLimiter {
  readonly points: number;
  readonly #now: () => number;
  readonly #counts = new Map<string, { consumed: number; until: number }>();
  calls = 0;

  constructor(points: number, now: () => number) {
    this.points = points;
    this.#now = now;
  }

  async consume(key: string, points: number): Promise<Consumption> {
    this.calls += 1;
    await Promise.resolve();
    const known = this.#counts.get(key);
    const count = known && known.until > this.#now() ? known : { consumed: 0, until: this.#now() + WINDOW };
    count.consumed += points;
    this.#counts.set(key, count);
    const msBeforeNext = count.until - this.#now();
    return { isGranted: count.consumed <= this.points, consumedPoints: count.consumed, msBeforeNext };
  }
}

function processesOn(limit: number, lease: number, count: number) {
  const clock = { now: 0 };
  const limiter = new CountedLimiter(limit, () => clock.now);
  const counters = Array.from({ length: count }, () => new LeasedCounter(limiter, lease, () => clock.now));
  return { clock, limiter, counters };
}

test('processes together never grant more than the limit, and all of it if one asks for the rest', async () => {
  const asking = fc.array(fc.record({ process: fc.nat(2), points: fc.integer({ min: 1, max: 20 }) }), {
    maxLength: 200,
  });
  await fc.assert(
    fc.asyncProperty(
      asking,
      fc.integer({ min: 20, max: 300 }),
      fc.integer({ min: 1, max: 40 }),
      async (asked, limit, lease) => {
        const { counters } = processesOn(limit, lease, 3);
        const waits = await Promise.all(
          asked.map(async ({ process, points }) => ((await counters[process]?.take('a', points)) === 0 ? points : 0)),
        );
        let granted = waits.reduce((sum, points) => sum + points, 0);
        expect(granted).toBeLessThanOrEqual(limit);
        for (const counter of counters) while ((await counter.take('a', 1)) === 0) granted += 1;
        expect(granted).toBe(limit);
      },
    ),
    { numRuns: 200 },
  );
});

test('operations of one key ask the database once per lease, however many come at once', async () => {
  const { limiter, counters } = processesOn(1_000, 100, 1);
  const [counter] = counters as [LeasedCounter];
  const waits = await Promise.all(Array.from({ length: 500 }, () => counter.take('a', 1)));
  expect(waits.every((wait) => wait === 0)).toBe(true);
  expect(limiter.calls).toBe(5);
});

test('a key beyond its limit is refused without asking the database, until the window ends', async () => {
  const { clock, limiter, counters } = processesOn(10, 1, 1);
  const [counter] = counters as [LeasedCounter];
  for (let n = 0; n < 10; n++) expect(await counter.take('a', 1)).toBe(0);
  clock.now = 20_000;
  expect(await counter.take('a', 1)).toBe(WINDOW - 20_000);
  const { calls } = limiter;
  for (let n = 0; n < 1_000; n++) expect(await counter.take('a', 1)).toBeGreaterThan(0);
  expect(limiter.calls).toBe(calls);
  expect(await counter.take('b', 1)).toBe(0);
  clock.now = WINDOW;
  expect(await counter.take('a', 1)).toBe(0);
});

test('a failure of the limiter reaches everybody who waits for it, and the next one asks again', async () => {
  const limiter = { points: 5, consume: () => Promise.reject(new Error('away')) };
  const counter = new LeasedCounter(limiter, 1);
  for (let n = 0; n < 2; n++) await expect(counter.take('a', 1)).rejects.toThrow('away');
});
