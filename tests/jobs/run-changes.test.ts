import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RunChanges } from '../../src/training/run-changes.ts';
import type { TrainingRunRow } from '../../src/training/training-run.store.ts';

/** Only what `RunChanges` looks at. */
function run(id: string, lastSeq: number, createdAt = new Date()): TrainingRunRow {
  return { id, lastSeq, createdAt } as TrainingRunRow;
}

let rows: Map<string, TrainingRunRow>;
let isDown: boolean;
let changes: RunChanges;

beforeEach(() => {
  vi.useFakeTimers();
  rows = new Map();
  isDown = false;
  const read = <T>(value: T) => (isDown ? Promise.reject(new Error('no database')) : Promise.resolve(value));
  changes = new RunChanges({
    read: (ids) => read(ids.map((id) => rows.get(id) ?? null)),
    readSince: () => read([...rows.values()]),
    isWanted: ({ id }) => id !== 'unwanted',
  });
});

afterEach(() => vi.useRealTimers());

const ignore = () => undefined;

async function look(): Promise<string[]> {
  const { items } = await changes.look();
  return items.map(({ kind, runId }) => `${kind} ${runId}`);
}

test('a run is CREATED, then UPDATED, then DELETED', async () => {
  rows.set('a', run('a', 1));
  changes.note('a', ignore);
  expect(await look()).toEqual(['CREATED a']);
  vi.advanceTimersByTime(1_000);
  rows.set('a', run('a', 2));
  changes.note('a', ignore);
  expect(await look()).toEqual(['UPDATED a']);
  vi.advanceTimersByTime(1_000);
  rows.delete('a');
  changes.note('a', ignore);
  expect(await look()).toEqual(['DELETED a']);
});

test('a run that was there before is never CREATED', async () => {
  rows.set('old', run('old', 7, new Date(Date.now() - 60_000)));
  changes.note('old', ignore);
  expect(await look()).toEqual(['UPDATED old']);
});

test('within a second a run is told of once, and its last change after that', async () => {
  const hint = vi.fn<() => void>();
  for (let seq = 1; seq <= 5; seq++) {
    rows.set('a', run('a', seq));
    changes.note('a', hint);
    expect(await look()).toEqual(seq === 1 ? ['CREATED a'] : []);
    vi.advanceTimersByTime(100);
  }
  const before = hint.mock.calls.length;
  vi.advanceTimersByTime(1_000);
  expect(hint.mock.calls.length).toBeGreaterThan(before);
  expect(await look()).toEqual(['UPDATED a']);
  expect(await look()).toEqual([]);
});

test('a hint without a change tells nothing', async () => {
  rows.set('a', run('a', 1));
  changes.note('a', ignore);
  await look();
  vi.advanceTimersByTime(1_000);
  changes.note('a', ignore);
  expect(await look()).toEqual([]);
});

test('runs that are not wanted, and unknown ones, are not told of', async () => {
  rows.set('unwanted', run('unwanted', 1));
  changes.note('unwanted', ignore);
  changes.note('nobody', ignore);
  expect(await look()).toEqual([]);
});

test('after a gap what was missed is told, and what was told already is not', async () => {
  rows.set('a', run('a', 1));
  changes.note('a', ignore);
  await look();
  rows.set('b', run('b', 1));
  changes.noteGap(ignore);
  expect(await look()).toEqual(['CREATED b']);
});

test('what could not be read is told once the database is back', async () => {
  rows.set('a', run('a', 1));
  rows.set('b', run('b', 1));
  changes.note('a', ignore);
  changes.noteGap(ignore);
  isDown = true;
  await expect(look()).rejects.toThrow('no database');
  isDown = false;
  expect(await look()).toEqual(['CREATED a', 'CREATED b']);
  expect(await look()).toEqual([]);
});
