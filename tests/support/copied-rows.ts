import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';

/** A row's columns, by their names in the database. */
export type Columns = Readonly<Record<string, unknown>>;

/**
 * Copies a row, once for each set of columns that are to differ, and gives the ids of the copies: lists of many rows, and rows
 * of any moment and state, without making each as a user does.
 */
export async function copyRow(
  owner: postgres.Sql,
  table: 'datasets' | 'training_runs' | 'artifacts',
  id: string,
  changes: readonly Columns[],
): Promise<string[]> {
  const copies = changes.map((change) => ({ id: randomUUID(), ...change }));
  const columns = owner(await storedColumns(owner, table));
  await owner`insert into ${owner(table)} (${columns}) select ${columns} from (
      select (jsonb_populate_record(original, change)).*
      from ${owner(table)} original, jsonb_array_elements(${owner.json(copies as never)}) change where original.id = ${id}
    ) copy`;
  return copies.map((copy) => copy.id);
}

/** The columns of a table that are not computed from others. */
export async function storedColumns(owner: postgres.Sql, table: string): Promise<string[]> {
  const rows = await owner`select column_name from information_schema.columns
    where table_schema = 'public' and table_name = ${table} and is_generated = 'NEVER'`;
  return rows.map((row) => String(row['column_name']));
}

/** Copies a dataset with its columns, as the next versions of names; the names are made where they are new. */
export async function copyDataset(
  owner: postgres.Sql,
  id: string,
  changes: readonly (Columns & { readonly name: string; readonly version: number })[],
): Promise<string[]> {
  for (const { name, version } of changes) {
    await owner`insert into dataset_names select workspace_id, ${name}, ${version} from datasets where id = ${id}
      on conflict (workspace_id, name) do update set last_version = greatest(dataset_names.last_version, excluded.last_version)`;
  }
  const copies = await copyRow(owner, 'datasets', id, changes);
  await owner`insert into dataset_columns select (jsonb_populate_record(original, jsonb_build_object('dataset_id', copy))).*
    from dataset_columns original, unnest(${copies}::uuid[]) copy where original.dataset_id = ${id}`;
  return copies;
}

/** Metrics as a run has them that has SUCCEEDED. */
const METRICS = {
  ...{ task: 'CLASSIFICATION', nSamples: 30, nFeatures: 4, undefinedMetrics: [], accuracy: 0.9, precision: 0.9 },
  ...{ recall: 0.9, f1: 0.9, logLoss: 0.3, rocAuc: 0.95 },
};

/** The columns of a run that has ended. */
export const ENDED = {
  SUCCEEDED: {
    ...{ status: 'SUCCEEDED', stage: 'DONE', progress: 1, attempt: 1, end_reason: 'COMPLETED' },
    ...{ started_at: '2026-01-01T00:00:00Z', finished_at: '2026-01-01T00:01:00Z', metrics: METRICS, baseline: METRICS },
  },
  FAILED: {
    ...{ status: 'FAILED', stage: 'DONE', progress: 0.5, attempt: 1, end_reason: 'FAILED' },
    ...{ started_at: '2026-01-01T00:00:00Z', finished_at: '2026-01-01T00:01:00Z' },
    ...{ error_code: 'OUT_OF_MEMORY', error_message: 'made up' },
  },
} as const;

/** Of a copied run, what must differ from its original: no two runs have the same. */
export const OWN = { idempotency_key: null, idempotency_fingerprint: null, job_id: null, retry_of: null } as const;

/** A point of a run's curve, and the event that bears it. */
export interface WrittenPoint {
  readonly iteration: number;
  readonly trainLoss: number | null;
  readonly validationLoss: number | null;
}

/** Gives a run these events, after those that it has. */
export async function writePoints(
  owner: postgres.Sql,
  runId: string,
  points: readonly WrittenPoint[],
  attempt = 1,
): Promise<void> {
  await owner`insert into training_events (run_id, seq, workspace_id, at, kind, attempt, status, stage, progress, point)
    select run.id, run.last_seq + place, run.workspace_id, now(), 'METRIC', ${attempt}, 'RUNNING', 'FITTING', 0.5, point
    from training_runs run, jsonb_array_elements(${owner.json(points as never)}) with ordinality as written (point, place)
    where run.id = ${runId}`;
  await owner`update training_runs set last_seq = last_seq + ${points.length} where id = ${runId}`;
}
