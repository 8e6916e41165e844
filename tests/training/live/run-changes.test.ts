import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TrainyardError } from '../../../src/errors.ts';
import { BatchQuery, BatchResult } from '../../../src/jobs/live/read-batch.ts';
import { RunChanges } from '../../../src/training/live/run-changes.ts';
import type { TrainingRunRow } from '../../../src/training/runs/training-run.store.ts';

/** Only what `RunChanges` looks at. */
function run(id: string, lastSeq: number, createdAt = new Date()): TrainingRunRow {
  return { id, lastSeq, createdAt, status: 'RUNNING', datasetId: 'dataset', archivedAt: null } as TrainingRunRow;
}

const AWAY = new TrainyardError('SERVICE_UNAVAILABLE', 'no database');

let rows: Map<string, TrainingRunRow>;
let heard: string[];
let failures: unknown[];
let changes: RunChanges;
const onDue = vi.fn<() => void>();

beforeEach(() => {
  vi.useFakeTimers();
  onDue.mockClear();
  rows = new Map();
  heard = [];
  failures = [];
  changes = new RunChanges(onDue);
  changes.add({
    onChange: ({ kind, runId }) => heard.push(`${kind} ${runId}`),
    fail: (error) => failures.push(error),
  });
  changes.catchUp([]);
});

afterEach(() => vi.useRealTimers());

/** A round: what is asked for is answered from the rows. */
function look(): string[] {
  const query = new BatchQuery();
  if (changes.addRequests(query)) {
    const { ids, rows: wanted } = query.toParams();
    const found = wanted.flatMap(({ id, afterSeq }) => {
      const row = rows.get(id);
      return row !== undefined && row.lastSeq > afterSeq ? [row] : [];
    });
    changes.receive(new BatchResult({ heads: ids.flatMap((id) => rows.get(id) ?? []), rows: found, events: [] }));
  }
  return heard.splice(0);
}

/** A round that fails. */
function lookInVain(error: unknown): boolean {
  changes.addRequests(new BatchQuery());
  return changes.fail(error);
}

test('a run is CREATED, then UPDATED, then DELETED', () => {
  rows.set('a', run('a', 1));
  changes.notify('a');
  expect(look()).toEqual(['CREATED a']);
  vi.advanceTimersByTime(1_000);
  rows.set('a', run('a', 2));
  changes.notify('a');
  expect(look()).toEqual(['UPDATED a']);
  vi.advanceTimersByTime(1_000);
  rows.delete('a');
  changes.notify('a');
  expect(look()).toEqual(['DELETED a']);
});

test('a run that existed before is never CREATED', () => {
  rows.set('old', run('old', 7, new Date(Date.now() - 60_000)));
  changes.notify('old');
  expect(look()).toEqual(['UPDATED old']);
});

test('a run that is created during the first read is CREATED', () => {
  rows.set('a', run('a', 1));
  changes = new RunChanges(onDue);
  changes.add({ onChange: ({ kind, runId }) => heard.push(`${kind} ${runId}`), fail: () => undefined });
  changes.catchUp([...rows.values()]);
  changes.notify('a');
  expect(look()).toEqual(['CREATED a']);
});

test('a run is sent at most once per second, and its last change after that', () => {
  for (let seq = 1; seq <= 5; seq++) {
    rows.set('a', run('a', seq));
    changes.notify('a');
    expect(look()).toEqual(seq === 1 ? ['CREATED a'] : []);
    vi.advanceTimersByTime(100);
  }
  expect(onDue).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  expect(onDue).toHaveBeenCalledOnce();
  expect(look()).toEqual(['UPDATED a']);
  vi.advanceTimersByTime(10_000);
  expect(onDue).toHaveBeenCalledOnce();
  expect(look()).toEqual([]);
});

test('a notification without a change sends nothing', () => {
  rows.set('a', run('a', 1));
  changes.notify('a');
  look();
  vi.advanceTimersByTime(1_000);
  changes.notify('a');
  expect(look()).toEqual([]);
});

test('unknown runs are not sent', () => {
  changes.notify('nobody');
  expect(look()).toEqual([]);
});

test('after a gap missed changes are sent, and others not again', () => {
  rows.set('a', run('a', 1));
  changes.notify('a');
  look();
  rows.set('b', run('b', 1));
  expect(changes.catchUp([...rows.values()])).toBe(true);
  expect(look()).toEqual(['CREATED b']);
  expect(changes.catchUp([...rows.values()])).toBe(false);
});

test('a run that has ended by the time a gap is over is read, however long ago it ended', () => {
  rows.set('a', run('a', 1));
  changes.notify('a');
  look();
  vi.advanceTimersByTime(60_000);
  rows.set('a', { ...run('a', 9), status: 'SUCCEEDED' } as TrainingRunRow);
  expect(changes.catchUp([])).toBe(true);
  expect(look()).toEqual(['UPDATED a']);
  expect(changes.catchUp([])).toBe(false);
});

test('changes that could not be read are sent once the database is back', () => {
  rows.set('a', run('a', 1));
  rows.set('b', run('b', 1));
  changes.notify('a');
  changes.notify('b');
  expect(lookInVain(AWAY)).toBe(true);
  expect(failures).toEqual([]);
  expect(look()).toEqual(['CREATED a', 'CREATED b']);
  expect(look()).toEqual([]);
});

test('a permanent error reaches all followers', () => {
  changes.notify('a');
  const error = new Error('an internal error');
  expect(lookInVain(error)).toBe(false);
  expect(failures).toEqual([error]);
});

test('archiving an ended run, and restoring it, is UPDATED once each', () => {
  const ended = (archivedAt: Date | null): TrainingRunRow => ({ ...run('a', 3), status: 'SUCCEEDED', archivedAt });
  const change = (archivedAt: Date | null) => {
    vi.advanceTimersByTime(1_000);
    rows.set('a', ended(archivedAt));
    changes.notify('a');
    return look();
  };
  const at = new Date();
  expect(change(null)).toEqual(['CREATED a']);
  expect(change(at)).toEqual(['UPDATED a']);
  expect(change(new Date(at))).toEqual([]);
  expect(change(null)).toEqual(['UPDATED a']);
});

test('a run that was archived without a notification is found by the next check', () => {
  rows.set('a', { ...run('a', 3), status: 'SUCCEEDED' });
  changes.notify('a');
  look();
  vi.advanceTimersByTime(1_000);
  rows.set('a', { ...run('a', 3), status: 'SUCCEEDED', archivedAt: new Date() });
  expect(changes.catchUp([...rows.values()])).toBe(true);
  expect(look()).toEqual(['UPDATED a']);
});
