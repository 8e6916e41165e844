import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TrainyardError } from '../../../src/errors.ts';
import { ChangePoller, type JobReader } from '../../../src/jobs/live/change-poller.ts';
import type { BatchParams, BatchRows } from '../../../src/jobs/live/read-batch.ts';
import type { TrainingEventRow } from '../../../src/training/events/training-event.store.ts';
import type { RunHead } from '../../../src/training/live/live-run.store.ts';
import { EventFollower, ProgressFollower, type RunTypes } from '../../../src/training/live/run-followers.ts';
import type { TrainingRunRow } from '../../../src/training/runs/training-run.store.ts';

const AWAY = new TrainyardError('SERVICE_UNAVAILABLE', 'no database');
const PAGE = 7;

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Runs in memory, read as the database reads them: what is found is of one moment, and comes a while later. */
class FakeRuns implements JobReader<RunTypes> {
  readonly seqs = new Map<string, number>();
  readonly ended = new Set<string>();
  /** How many of the next reads fail. */
  failures = 0;
  failure: unknown = AWAY;
  params = 0;
  readsAtOnce = 0;
  maxConcurrent = 0;
  /** Called when a read has found what it will answer, and has not answered yet. */
  onRead: () => void = () => undefined;

  write(runId: string, count = 1): void {
    if (!this.ended.has(runId)) this.seqs.set(runId, (this.seqs.get(runId) ?? 0) + count);
  }

  end(runId: string): void {
    this.write(runId);
    this.ended.add(runId);
  }

  async read({ ids, rows, events }: BatchParams): Promise<BatchRows<RunTypes>> {
    const finds = {
      heads: ids.flatMap((id) => this.#head(id)),
      rows: rows.flatMap(({ id, afterSeq }) => this.#head(id).filter(({ lastSeq }) => lastSeq > afterSeq)),
      events: events.flatMap(({ id, afterSeq }) => this.#events(id, afterSeq)),
    } as unknown as BatchRows<RunTypes>;
    await this.#result();
    return finds;
  }

  async heads(runIds: readonly string[]): Promise<RunHead[]> {
    const heads = runIds.flatMap((id) => this.#head(id));
    await this.#result();
    return heads;
  }

  liveHeads(): Promise<RunHead[]> {
    return Promise.resolve([]);
  }

  async #result(): Promise<void> {
    this.params += 1;
    this.onRead();
    this.readsAtOnce += 1;
    this.maxConcurrent = Math.max(this.maxConcurrent, this.readsAtOnce);
    await nextTurn();
    this.readsAtOnce -= 1;
    if (this.failures === 0) return;
    this.failures -= 1;
    throw this.failure;
  }

  #head(id: string): RunHead[] {
    const lastSeq = this.seqs.get(id);
    if (lastSeq === undefined) return [];
    return [
      {
        ...{ id, lastSeq, status: this.ended.has(id) ? 'SUCCEEDED' : 'RUNNING', datasetId: 'dataset' },
        ...{ archivedAt: null, labelledAt: null },
      },
    ];
  }

  #events(runId: string, afterSeq: number): object[] {
    const after = Array.from({ length: this.seqs.get(runId) ?? 0 }, (_, index) => index + 1).filter(
      (seq) => seq > afterSeq,
    );
    return after.slice(0, PAGE).map((seq) => ({ id: runId, afterSeq, event: { runId, seq } }));
  }
}

/** Waits for the next read, which has found what it will answer. */
function untilRead(runs: FakeRuns, act: () => void): Promise<void> {
  return new Promise((resolve) => {
    runs.onRead = resolve;
    act();
  });
}

interface Setting {
  readonly runs: FakeRuns;
  readonly poller: ChangePoller<RunTypes>;
  /** Follows events. A rejected one has not been awaited yet. */
  readonly events: (runId: string, afterSeq?: number) => Promise<AsyncIterableIterator<TrainingEventRow>>;
  readonly progress: (runId: string) => Promise<AsyncIterableIterator<{ readonly row: TrainingRunRow }>>;
}

function setUp(): Setting {
  const onRelease = () => undefined;
  const runs = new FakeRuns();
  // A feed that waits a second after each failure would make the tests wait with it.
  const poller = new ChangePoller(runs, (round) => round(), { roundMilliseconds: 0, retryMilliseconds: 0 });
  return {
    runs,
    poller,
    events: (runId, afterSeq = 0) => new EventFollower({ poller, id: runId, onRelease }, afterSeq).start(),
    progress: (runId) => new ProgressFollower({ poller, id: runId, onRelease }, () => null).start(),
  };
}

async function seqsOf(stream: AsyncIterableIterator<TrainingEventRow>): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of stream) seqs.push(seq);
  return seqs;
}

const upTo = (last: number, after = 0) => Array.from({ length: Math.max(0, last - after) }, (_, n) => after + n + 1);

const aRun = fc.constantFrom('a', 'b', 'c');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('write' as const), run: aRun, count: fc.nat({ max: 20 }) }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('hint' as const), run: aRun, count: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('follow' as const), run: aRun, count: fc.nat({ max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('fail' as const), run: aRun, count: fc.nat({ max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('end' as const), run: aRun, count: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('catchUp' as const), run: aRun, count: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('breathe' as const), run: aRun, count: fc.nat({ max: 4 }) }) },
);

test('every follower gets every event once, in order, whatever notifications are lost or repeated and whichever reads fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { runs, poller, events } = setUp();
      const followed: { readonly run: string; readonly afterSeq: number; readonly seqs: Promise<number[] | null> }[] =
        [];
      for (const run of ['a', 'b', 'c']) runs.write(run);
      for (const { act, run, count } of steps) {
        if (act === 'write') runs.write(run, count);
        else if (act === 'end') runs.end(run);
        else if (act === 'fail') runs.failures = count;
        else if (act === 'catchUp') poller.catchUp();
        else if (act === 'hint') for (let n = 0; n < count; n++) poller.notify(run);
        else if (act === 'breathe') for (let n = 0; n < count; n++) await nextTurn();
        else {
          // One who comes while the database is away is told so at once.
          const seqs = events(run, count).then(seqsOf, (error: unknown) => {
            if (error === AWAY) return null;
            throw error;
          });
          followed.push({ run, afterSeq: count, seqs });
        }
      }
      runs.failures = 0;
      for (const run of ['a', 'b', 'c']) runs.end(run);
      // The one look around that comes after whatever was lost.
      poller.catchUp();
      for (const { run, afterSeq, seqs } of followed) {
        const got = await seqs;
        const wanted = upTo(runs.seqs.get(run) ?? 0, afterSeq);
        expect(got ?? wanted).toEqual(wanted);
      }
      expect(poller.isEmpty).toBe(true);
      expect(runs.maxConcurrent).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300 },
  );
});

test('a notification during a read is handled after it', async () => {
  const { runs, poller, events } = setUp();
  runs.write('a');
  const stream = await events('a');
  expect((await stream.next()).value).toMatchObject({ seq: 1 });
  const next = stream.next();
  await untilRead(runs, () => poller.notify('a'));
  runs.write('a');
  poller.notify('a');
  expect((await next).value).toMatchObject({ seq: 2 });
  await stream.return?.();
});

test('followers of one run at the same position share one read', async () => {
  const { runs, poller, events } = setUp();
  runs.write('a');
  const streams = await Promise.all(Array.from({ length: 1_000 }, () => events('a')));
  await Promise.all(streams.map((stream) => stream.next()));
  const next = streams.map((stream) => stream.next());
  const before = runs.params;
  runs.write('a');
  poller.notify('a');
  for (const { value } of await Promise.all(next)) expect(value).toMatchObject({ seq: 2 });
  expect(runs.params).toBe(before + 1);
  for (const stream of streams) await stream.return?.();
  expect(poller.isEmpty).toBe(true);
});

test('without changes nothing is read', async () => {
  const { runs, poller, events, progress } = setUp();
  runs.write('a', 20);
  const streams = [await events('a', 3), await progress('a')] as const;
  for (const seq of upTo(20, 3)) expect((await streams[0].next()).value).toMatchObject({ seq });
  const next = streams[0].next();
  await untilRead(runs, () => poller.notify('a'));
  const before = runs.params;
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  expect(runs.params).toBe(before);
  for (const stream of streams) await stream.return?.();
  expect(await next).toEqual({ done: true, value: undefined });
});

test('a follower that does not take its events is not read for, and gets them all later', async () => {
  const { runs, poller, events } = setUp();
  runs.write('a', 1);
  const [slow, quick] = [await events('a'), await events('a')];
  for (let seq = 1; seq <= 500; seq++) {
    expect((await quick.next()).value).toMatchObject({ seq });
    runs.write('a');
    poller.notify('a');
  }
  const before = runs.params;
  await quick.return?.();
  runs.write('a', 100);
  poller.notify('a');
  await nextTurn();
  await nextTurn();
  expect(runs.params).toBe(before);
  runs.end('a');
  expect(await seqsOf(slow)).toEqual(upTo(602));
});

test('a follower that takes progress now and then gets the latest, and the end', async () => {
  const { runs, poller, progress } = setUp();
  runs.write('a', 1);
  const stream = await progress('a');
  expect((await stream.next()).value).toMatchObject({ row: { lastSeq: 1 } });
  const watcher = await progress('a');
  for (let seq = 2; seq <= 20; seq++) {
    runs.write('a');
    poller.notify('a');
    await watcher.next();
  }
  expect((await stream.next()).value).toMatchObject({ row: { lastSeq: 20 } });
  runs.end('a');
  poller.notify('a');
  expect((await stream.next()).value).toMatchObject({ row: { lastSeq: 21, status: 'SUCCEEDED' } });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  await watcher.return?.();
});

test('a run that has ended before the first read ends its streams with its final state', async () => {
  const { runs, poller, events, progress } = setUp();
  runs.write('a', 20);
  const streams = [events('a', 3), progress('a')] as const;
  runs.end('a');
  expect(await seqsOf(await streams[0])).toEqual(upTo(21, 3));
  expect((await (await streams[1]).next()).value).toMatchObject({ row: { lastSeq: 21 } });
  expect(await (await streams[1]).next()).toEqual({ done: true, value: undefined });
  expect(poller.isEmpty).toBe(true);
});

test('a deleted run ends its streams', async () => {
  const { runs, poller, events, progress } = setUp();
  runs.write('a');
  const [one, other] = [await events('a', 1), await progress('a')];
  await other.next();
  const next = [one.next(), other.next()];
  runs.seqs.delete('a');
  poller.notify('a');
  expect(await Promise.all(next)).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
});

test('following an unknown run is NOT_FOUND, and leaves no follower behind', async () => {
  const { poller, events, progress } = setUp();
  await expect(events('nobody')).rejects.toThrow('no training run');
  await expect(progress('nobody')).rejects.toThrow('no training run');
  expect(poller.isEmpty).toBe(true);
});

test('while the database is away a new follower is refused, and the others stay', async () => {
  const { runs, poller, events } = setUp();
  runs.write('a');
  const stream = await events('a');
  await stream.next();
  const next = stream.next();
  runs.failures = 1;
  await expect(events('b')).rejects.toThrow('no database');
  runs.failures = 3;
  runs.write('a');
  poller.notify('a');
  expect((await next).value).toMatchObject({ seq: 2 });
  await stream.return?.();
});

test('a permanent error ends the streams that it concerns', async () => {
  const { runs, poller, events } = setUp();
  runs.write('a');
  const stream = await events('a');
  await stream.next();
  const next = stream.next();
  runs.failure = new Error('an internal error');
  runs.failures = 1;
  poller.notify('a');
  await expect(next).rejects.toThrow('an internal error');
  expect(poller.isEmpty).toBe(true);
});

test('a follower that leaves during a read is removed at once, and gets nothing', async () => {
  const { runs, poller, events } = setUp();
  runs.write('a');
  const stream = await events('a');
  await stream.next();
  const next = stream.next();
  runs.write('a');
  await untilRead(runs, () => poller.notify('a'));
  await stream.return?.();
  expect(poller.isEmpty).toBe(true);
  expect(await next).toEqual({ done: true, value: undefined });
});
