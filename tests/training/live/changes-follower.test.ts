import { expect, test } from 'vitest';
import { BatchQuery, BatchResult } from '../../../src/jobs/live/read-batch.ts';
import { ChangesFollower } from '../../../src/training/live/changes-follower.ts';
import type { TrainingRunChange } from '../../../src/training/live/run-changes.ts';
import type { TrainingRunRow } from '../../../src/training/runs/training-run.store.ts';

function change(kind: TrainingRunChange['kind'], runId: string, lastSeq = 1): TrainingRunChange {
  const run = { id: runId, lastSeq } as TrainingRunRow;
  return { kind, runId, datasetId: 'dataset', run: kind === 'DELETED' ? null : run };
}

/** A follower whose questions are answered from these rows when it asks to be read for. */
function follow(rows: ReadonlyMap<string, TrainingRunRow>) {
  let requested = 0;
  let released = 0;
  const result = () => {
    const query = new BatchQuery();
    if (!follower.addRequests(query)) return;
    requested += 1;
    const found = query.toParams().rows.flatMap(({ id }) => rows.get(id) ?? []);
    follower.receive(new BatchResult({ heads: found, rows: found, events: [] }));
  };
  const follower = new ChangesFollower(
    {
      schedule: () => void setImmediate(result),
      onRelease: () => {
        released += 1;
      },
    },
    null,
  );
  return { follower, requested: () => requested, released: () => released };
}

test('only the latest change of each run waits for a slow consumer, and a new run stays new', async () => {
  const { follower } = follow(new Map());
  follower.onChange(change('CREATED', 'a', 1));
  follower.onChange(change('UPDATED', 'b', 4));
  follower.onChange(change('UPDATED', 'a', 2));
  follower.onChange(change('UPDATED', 'b', 5));
  follower.onChange(change('DELETED', 'b'));
  expect((await follower.iterator.next()).value).toMatchObject({ kind: 'CREATED', runId: 'a', run: { lastSeq: 2 } });
  expect((await follower.iterator.next()).value).toMatchObject({ kind: 'DELETED', runId: 'b', run: null });
});

test('at most a hundred rows wait for a slow consumer, and the others are read when needed', async () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => `run ${index}`);
  const rows = new Map(ids.map((id) => [id, { id, lastSeq: 9 } as TrainingRunRow]));
  rows.delete('run 500');
  const { follower, requested, released } = follow(rows);
  for (const id of ids) follower.onChange(change('UPDATED', id));
  const taken: unknown[] = [];
  for (let index = 0; index < ids.length; index++) {
    const { value } = await follower.iterator.next();
    taken.push([value?.kind, value?.runId, value?.run?.lastSeq]);
  }
  expect(taken).toEqual(
    ids.map((id, index) => (id === 'run 500' ? ['DELETED', id, undefined] : ['UPDATED', id, index < 100 ? 1 : 9])),
  );
  expect(requested()).toBe(18);
  await follower.iterator.return();
  expect(released()).toBe(1);
});
