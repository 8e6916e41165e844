import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChaosClient } from './chaos-client.ts';
import type { Report } from './report.ts';
import type { System } from './system.ts';
import { readTrips } from './tripwires.ts';
import { messageOf, until } from './until.ts';

/** A dead worker is taken for dead after 15 s at the latest; its row goes a moment later. */
const SECONDS_UNTIL_FORGOTTEN = 30;

/** Runs that are asked for in one request. */
const RUNS_PER_REQUEST = 20;

/** What must hold of runs in the end. */
export interface Expected {
  /** Every run that startTraining has acknowledged. */
  readonly runIds: readonly string[];
  /** So long they may take to end, from now on. */
  readonly seconds: number;
  /** The hash of the model of each run that trained to its end; without it models are not compared. */
  readonly sha256?: string;
  /** False for runs that publishers moved instead of workers: then the queue and its models mean nothing. */
  readonly byWorkers?: boolean;
}

interface RunRow {
  readonly id: string;
  readonly status: string;
  readonly stage: string;
  readonly attempt: number;
  readonly end_reason: string | null;
  readonly artifacts: number;
  readonly sha256: string | null;
}

/** Waits for the end of all runs, and checks what must be true whatever had happened on the way. */
export async function checkInvariants(
  system: System,
  client: ChaosClient,
  report: Report,
  { runIds, seconds, sha256, byWorkers = true }: Expected,
): Promise<void> {
  await endOfAll(system, runIds, seconds).catch((error: unknown) => report.fault(`stuck: ${messageOf(error)}`));
  const runs = await readRuns(system, runIds);
  report.check(runs.length === new Set(runIds).size, `lost: ${runIds.length} acknowledged, ${runs.length} there`);
  if (byWorkers) checkModels(runs, sha256, report);
  await checkEvents(system, report);
  for (const trip of await readTrips(system.owner)) report.fault(`tripwire: ${trip}`);
  for (const fault of system.clientFaults()) report.fault(`client: ${fault}`);
  await checkApi(client, runs, report);
  await checkLeftovers(system, byWorkers, report);
  await checkFiles(system, report);
}

/** Waits until none of the runs is unfinished. */
function endOfAll(system: System, runIds: readonly string[], seconds: number): Promise<unknown> {
  return until(`the end of ${runIds.length} runs`, seconds, async () => {
    const [left] = await system.owner<{ count: number; examples: string }[]>`
      select count(*)::int as count, (array_agg(id || ' ' || status || ' ' || stage || ' attempt ' || attempt))[1:3]::text as examples
      from training_runs where id = any(${[...runIds]}) and finished_at is null`;
    if (left !== undefined && left.count > 0) throw new Error(`${left.count} unfinished: ${left.examples}`);
    return true;
  });
}

function readRuns(system: System, runIds: readonly string[]): Promise<RunRow[]> {
  return system.owner<RunRow[]>`
    select id, status, stage, attempt, end_reason, count(run_id)::int as artifacts, min(sha256) as sha256
    from training_runs left join (select run_id, sha256 from artifacts) as models on run_id = id
    where id = any(${[...runIds]}) group by id`;
}

function checkModels(runs: readonly RunRow[], sha256: string | undefined, report: Report): void {
  for (const { id, status, end_reason, artifacts, sha256: found } of runs) {
    const wanted = status === 'SUCCEEDED' ? 1 : 0;
    report.check(artifacts === wanted, `run ${id} is ${status} and has ${artifacts} artifacts`);
    const comparable = sha256 !== undefined && (end_reason === 'COMPLETED' || end_reason === 'EARLY_STOPPING');
    if (comparable) report.check(found === sha256, `run ${id} made other bytes than undisturbed: ${found}`);
  }
}

/** Numbers without a gap, one end, which is the last, attempts that never fall; the row agrees with its last event. */
async function checkEvents({ owner }: System, report: Report): Promise<void> {
  const wrong = await owner<{ id: string; what: string }[]>`
    with numbered as (
      select *, lag(attempt, 1, 0) over (partition by run_id order by seq) > attempt as falls,
        status in ('SUCCEEDED', 'FAILED', 'CANCELLED') as ended
      from training_events
    ), summed as (
      select run_id, count(*) as events, min(seq) as first, max(seq) as last, bool_or(falls) as falls,
        count(*) filter (where ended) as ends, max(seq) filter (where ended and kind = 'STATUS') as end_seq,
        (array_agg(status order by seq desc))[1] as status, (array_agg(attempt order by seq desc))[1] as attempt
      from numbered group by run_id
    )
    select id, concat_ws(', ',
      case when first <> 1 or last <> events or last <> last_seq
        then format('%s events from %s to %s, last_seq %s', events, first, last, last_seq) end,
      case when falls then 'an attempt fell' end,
      case when finished_at is not null and (ends <> 1 or end_seq is distinct from last) then format('%s ends, at %s', ends, end_seq) end,
      case when run_id is null or summed.status <> runs.status or summed.attempt <> runs.attempt
        then format('the last event says %s by attempt %s', summed.status, summed.attempt) end
    ) as what
    from training_runs as runs left join summed on run_id = id`;
  for (const { id, what } of wrong) report.check(what === '', `events of run ${id}: ${what}`);
}

/** What a client reads is what stands in the rows. */
async function checkApi(client: ChaosClient, runs: readonly RunRow[], report: Report): Promise<void> {
  for (let start = 0; start < runs.length; start += RUNS_PER_REQUEST) {
    const page = runs.slice(start, start + RUNS_PER_REQUEST);
    const fields = page.map(({ id }, index) => `r${index}: trainingRun(id: "${id}") { id status artifact { sha256 } }`);
    const answer = await until('an answer about the runs', 10, () =>
      client.http.execute<Record<string, { id: string; status: string; artifact: { sha256: string } | null } | null>>(
        `{ ${fields.join('\n')} }`,
      ),
    );
    for (const [index, row] of page.entries()) {
      const run = answer[`r${index}`];
      const same = run?.id === row.id && run.status === row.status && (run.artifact?.sha256 ?? null) === row.sha256;
      report.check(same, `the API says ${JSON.stringify(run)} of run ${row.id}, the row ${JSON.stringify(row)}`);
    }
  }
}

/** Nothing is left of what was in flight: no checkpoint, no job, no worker but those that live. */
async function checkLeftovers(system: System, byWorkers: boolean, report: Report): Promise<void> {
  const { owner } = system;
  const live = system.workers.map(({ pid }) => pid);
  const gone = async (what: string, count: () => Promise<{ count: number; examples: string | null }[]>) => {
    await until(`no ${what}`, SECONDS_UNTIL_FORGOTTEN, async () => {
      const [left] = await count();
      if (left !== undefined && left.count > 0) throw new Error(`${left.count} left: ${left.examples}`);
      return true;
    }).catch((error: unknown) => report.fault(`leftovers: ${messageOf(error)}`));
  };
  await gone(
    'checkpoint of a run that has ended',
    () => owner`
    select count(*)::int as count, min(run_id::text) as examples
    from (select run_id from training_checkpoints union all select run_id from training_checkpoint_parts) as kept
    join training_runs on id = run_id where finished_at is not null`,
  );
  await gone(
    'row of a dead worker',
    () => owner`
    select count(*)::int as count, min(id || ' process ' || process_id || ' ' || heartbeat_at) as examples from workers
    where kind = 'TRAINING' and not process_id = any(${live})`,
  );
  if (!byWorkers) return;
  await gone(
    'unfinished training job',
    () => owner`
    select count(*)::int as count, min(id || ' ' || state || ' ' || data) as examples from pgboss.job
    where name = 'train-model' and state < 'completed'`,
  );
}

/** Every file that a row counts is there, each once per reference; files that no row knows are counted. */
async function checkFiles({ owner, dataDirectory }: System, report: Report): Promise<void> {
  const folder = join(dataDirectory, 'blobs');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const stored = new Set(files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)));
  const counted = await owner<{ path: string; reference_count: number; uses: number }[]>`
    select workspace_id || '/' || sha256 as path, reference_count, uses::int
    from blobs left join lateral (
      select (select count(*) from artifacts as a where a.workspace_id = blobs.workspace_id and a.sha256 = blobs.sha256)
        + (select count(*) from datasets as d where d.workspace_id = blobs.workspace_id and d.sha256 = blobs.sha256)
        + (select count(*) from datasets as d where d.workspace_id = blobs.workspace_id and d.table_sha256 = blobs.sha256) as uses
    ) as used on true where reference_count > 0`;
  for (const { path, reference_count, uses } of counted) {
    report.check(stored.has(path), `the file ${path} is missing`);
    report.check(reference_count === uses, `${path} is counted ${reference_count} times and used ${uses} times`);
  }
  const known = new Set(counted.map(({ path }) => path));
  const orphans = [...stored].filter((path) => !known.has(path));
  if (orphans.length > 0) report.line(`orphan files, for the sweep: ${orphans.length}`);
}
