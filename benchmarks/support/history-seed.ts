import type postgres from 'postgres';

/** How much is seeded: the runs of the one large workspace, and those that the small ones have among them. */
export interface HistorySize {
  readonly runs: number;
  readonly otherRuns: number;
}

/** The large workspace, and a user who belongs to it and to four of the small ones. */
export const WORKSPACE_ID = workspaceId(0);
const USER_ID = '00000000-0000-4000-9000-000000000001';

/** Of the names of the large workspace: the one with three runs in ten, a middling one, and one with three runs, the oldest. */
export const LARGE_NAME = 'name-000';
export const MIDDLING_NAME = 'name-100';
export const RARE_NAME = 'name-rare';

const OTHER_WORKSPACES = 20;
const WORKSPACES_OF_USER = 5;
const NAMES = 200;

/** Of the large name, ten runs each; each of the other names has a hundredth of that. */
const VERSIONS = 30_000;

/** Runs per statement. */
const BATCH = 50_000;

/**
 * Fills an empty, migrated database, the same on every machine. The runs of a workspace lie evenly over the last year; 86 % of
 * them succeeded, one in twenty is archived. The ends of distributions lie far back, which is the worst case for a list:
 * forests of numbers and the rare name are only among the oldest runs.
 */
export async function seedHistory(owner: postgres.Sql, { runs, otherRuns }: HistorySize): Promise<void> {
  const seeding = await owner.reserve();
  // Foreign keys are satisfied; checking them row by row doubles the time.
  await seeding.unsafe('set session_replication_role = replica; set synchronous_commit = off; select setseed(0.42)');
  await seeding.unsafe(INSERT_WORKSPACES);
  for (let workspace = 0; workspace <= OTHER_WORKSPACES; workspace++) {
    const isLarge = workspace === 0;
    const count = isLarge ? runs : otherRuns / OTHER_WORKSPACES;
    await seeding.unsafe(insertDatasets(workspace, isLarge ? VERSIONS : 100));
    for (let first = 1; first <= count; first += BATCH) {
      await seeding.unsafe(insertRuns(workspace, count, first, Math.min(count, first + BATCH - 1)));
    }
    await seeding.unsafe(insertArtifacts(workspace));
  }
  await seeding.unsafe('set session_replication_role = origin; set synchronous_commit = on');
  // What autovacuum does by and by in a table that grows over a year.
  for (const table of ['training_runs', 'datasets', 'artifacts', 'memberships']) {
    await seeding.unsafe(`vacuum analyze ${table}`);
  }
  await seeding.unsafe('checkpoint');
  seeding.release();
}

function workspaceId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

const WORKSPACE_OF_N = "('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid";

const INSERT_WORKSPACES = `
  insert into users (id, email, created_at) values ('${USER_ID}', 'a@example.com', now());
  insert into workspaces (id, name, created_at)
    select ${WORKSPACE_OF_N}, 'workspace ' || n, now() from generate_series(0, ${OTHER_WORKSPACES}) n;
  insert into memberships (id, workspace_id, user_id, role, created_at)
    select gen_random_uuid(), ${WORKSPACE_OF_N}, '${USER_ID}', 'OWNER', now()
    from generate_series(0, ${WORKSPACES_OF_USER - 1}) n;
  insert into blobs (workspace_id, sha256, size_bytes, reference_count)
    select ${WORKSPACE_OF_N}, repeat('0', 64), 1000, 1 from generate_series(0, ${OTHER_WORKSPACES}) n`;

/** Datasets with ids by name and version, so that a run can name its own without a look at them. */
function insertDatasets(workspace: number, versions: number): string {
  return `
    insert into dataset_names (workspace_id, name, last_version)
      select '${workspaceId(workspace)}', ${NAME_OF_K}, ${versions} from generate_series(0, ${NAMES}) k;
    insert into datasets (id, workspace_id, name, version, filename, size_bytes, sha256, table_sha256, row_count, column_count,
        dialect, preview, issues, pinned, created_at)
      select ${datasetId(workspace)}, '${workspaceId(workspace)}', ${NAME_OF_K}, version, 'data.csv',
        1000 + version, repeat('0', 64), repeat('0', 64), 10000, 15, '{"delimiter": ","}',
        jsonb_build_array(jsonb_build_object('line', 2, 'cells', to_jsonb(array_fill('some text'::text, array[60])))), '[]', false,
        now() - (${versions} - version) * interval '1 second'
      from generate_series(0, ${NAMES}) k, generate_series(1, case k when 0 then ${versions} else ${Math.ceil(versions / 100)} end) version`;
}

const NAME_OF_K = `case k when ${NAMES} then '${RARE_NAME}' else 'name-' || lpad(k::text, 3, '0') end`;

function datasetId(workspace: number): string {
  return `('00000000-0000-4000-a' || lpad(k::text, 3, '0') || '-' || lpad('${workspace}', 4, '0') || lpad(version::text, 8, '0'))::uuid`;
}

/** A row of some 2 kB, as of a training on fourteen columns: what JSON there is has the size that it has in earnest. */
const FEATURES = JSON.stringify(Array.from({ length: 14 }, (_, index) => `feature ${index}`));
const IMPORTANCES = JSON.stringify(
  Array.from({ length: 14 }, (_, index) => ({
    feature: `feature ${index}`,
    importance: Math.sin(index) ** 2,
    stddev: null,
  })),
);
const CURVE = JSON.stringify(
  Array.from({ length: 25 }, (_, index) => ({
    iteration: index + 1,
    trainLoss: Math.exp(-index / 20),
    validationLoss: Math.exp(-index / 30),
  })),
);

function insertRuns(workspace: number, count: number, first: number, last: number): string {
  const hasEnded = "status not in ('QUEUED', 'RUNNING')";
  return `
    insert into training_runs (id, workspace_id, dataset_id, dataset_name, dataset_version, target, task, algorithm,
      features, parameters, split, status, stage, progress, attempt, lost_attempts, last_seq, end_reason, error_code,
      error_message, metrics, baseline, curve, feature_importances, warnings, created_at, started_at, finished_at, archived_at)
    select gen_random_uuid(), '${workspaceId(workspace)}', ${datasetId(workspace)}, ${NAME_OF_K}, version, 'target', task, algorithm,
      '${FEATURES}', '{"trees": 100, "maxDepth": 6, "learningRate": 0.1}', '{"strategy": "RANDOM", "testFraction": 0.2, "column": null, "seed": 0}',
      status, case when ${hasEnded} then 'DONE' when status = 'RUNNING' then 'FITTING' else 'WAITING' end, progress, 1, 0, 20,
      case status when 'SUCCEEDED' then 'COMPLETED' when 'FAILED' then 'FAILED' when 'CANCELLED' then 'CANCELLED' end,
      case status when 'FAILED' then 'OUT_OF_MEMORY' end, case status when 'FAILED' then 'It needed too much memory.' end,
      case status when 'SUCCEEDED' then ${metricsOf('u')} end, case status when 'SUCCEEDED' then ${metricsOf('u / 2')} end,
      '${CURVE}', '${IMPORTANCES}', '[]', at, at + interval '2 seconds',
      case when ${hasEnded} then at + interval '2 seconds' + u * interval '1 minute' end,
      case when ${hasEnded} and v < 0.05 then at + interval '1 hour' end
    from ${madeRuns(workspace, count, first, last)}`;
}

/** Numbers by chance, one after the other, and what follows from them. */
function madeRuns(workspace: number, count: number, first: number, last: number): string {
  const isOld = `n <= ${count} / 100`;
  return `(
    select *, 1 + n % (case k when 0 then ${workspace === 0 ? VERSIONS : 100} else ${workspace === 0 ? VERSIONS / 100 : 1} end) as version,
      case when k % 3 = 2 then 'REGRESSION' else 'CLASSIFICATION' end as task,
      case when w < 0.05 then 'BASELINE' when w < 0.2 then 'LINEAR' when w < 0.35 then 'DECISION_TREE'
        when w < 0.5 and (k % 3 <> 2 or ${isOld}) then 'RANDOM_FOREST' else 'GRADIENT_BOOSTING' end as algorithm,
      case when n > ${count} - 10 then 'RUNNING' when n > ${count} - 200 and u < 0.5 then 'QUEUED'
        when u < 0.08 then 'FAILED' when u < 0.14 then 'CANCELLED' else 'SUCCEEDED' end as status,
      case when n > ${count} - 10 then 0.5 else 1 end as progress
    from (
      select n, now() - (${count} - n) * (interval '365 days' / ${count}) as at, u, v, w,
        case when n <= 3 then ${NAMES} when name < 0.3 then 0 else 1 + floor((name - 0.3) / 0.7 * ((name - 0.3) / 0.7) * ${NAMES - 1})::integer end as k
      from (select n, random() as u, random() as v, random() as w, random() as name from generate_series(${first}, ${last}) n) chance
    ) drawn) made`;
}

function metricsOf(value: string): string {
  const shared = `'nSamples', 2000, 'nFeatures', 14, 'interval', jsonb_build_object('low', ${value} * 0.9, 'high', ${value} * 1.1)`;
  return `case task when 'CLASSIFICATION' then jsonb_build_object('task', task, ${shared}, 'accuracy', ${value},
      'precision', ${value} * 0.9, 'recall', ${value} * 0.8, 'f1', ${value} * 0.85, 'weightedPrecision', ${value} * 0.95,
      'weightedRecall', ${value}, 'weightedF1', ${value} * 0.97, 'logLoss', 1.1 - ${value}, 'rocAuc', case when v < 0.5 then ${value} * 0.99 end,
      'averagePrecision', ${value} * 0.98, 'brier', 1 - ${value}, 'undefinedMetrics', '[]'::jsonb)
    else jsonb_build_object('task', task, ${shared}, 'r2', ${value}, 'mse', 100 * (1 - ${value}), 'rmse', 10 * sqrt(1 - ${value}),
      'mae', 8 * (1 - ${value}), 'mape', 1 - ${value}, 'undefinedMetrics', '[]'::jsonb) end`;
}

/** Models of one run in fifty, as retention leaves them. */
function insertArtifacts(workspace: number): string {
  return `insert into artifacts (id, workspace_id, run_id, format, size_bytes, sha256, pinned, created_at)
    select gen_random_uuid(), workspace_id, id, 'TRAINYARD_JSON', 100000, repeat('0', 64), false, created_at
    from training_runs where workspace_id = '${workspaceId(workspace)}' and status = 'SUCCEEDED' and archived_at is null
      and created_at > now() - interval '7 days'`;
}
