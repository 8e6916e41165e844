import type { Report } from '../report.ts';
import type { Rig } from '../rig.ts';
import { System } from '../system.ts';
import { installTripwires } from '../tripwires.ts';
import { messageOf } from '../until.ts';

/** A kind of trouble, made and looked at. */
export interface Scenario {
  readonly name: string;
  /** What must hold, in a line. */
  readonly title: string;
  /** Says what it finds to the report; what it throws is a fault too. */
  run(rig: Rig, report: Report): Promise<void>;
}

/** Opens a system for `work`, and closes it whatever happens; after a fault the report has what its processes said. */
export async function withSystem(
  rig: Rig,
  report: Report,
  shape: { apis: number; workers: number; settings?: Record<string, string> },
  work: (system: System) => Promise<void>,
): Promise<void> {
  const system = await System.open(rig, shape, shape.settings);
  try {
    await installTripwires(system.owner);
    await work(system);
  } catch (error) {
    report.fault(messageOf(error));
  } finally {
    if (report.faults.length > 0) await describeTrouble(system, report);
    await system.close();
  }
}

/** What the processes said, and who waits for whom in the database: for whoever looks for the reason of a fault. */
async function describeTrouble(system: System, report: Report): Promise<void> {
  for (const line of system.troubles()) report.line(line);
  const sessions = await system.owner<{ line: string }[]>`
    select concat_ws(' | ', pid, state, 'transaction of ' || (clock_timestamp() - xact_start), wait_event_type, wait_event,
      'blocked by ' || nullif(pg_blocking_pids(pid), '{}')::text, left(query, 100)) as line
    from pg_stat_activity where datname = current_database() and xact_start < clock_timestamp() - interval '1 second'
    order by xact_start`;
  for (const { line } of sessions) report.line(`database session ${line}`);
  const unfinished = await system.owner<{ line: string }[]>`
    select concat_ws(' | ', id, status, stage, round(progress::numeric, 3), 'attempt ' || attempt, 'lost ' || lost_attempts,
      'last event at ' || (select max(at)::time from training_events where run_id = runs.id),
      (select string_agg(concat_ws(' ', 'job', state, heartbeat_on::time, 'retries ' || retry_count), ', ') from pgboss.job where data ->> 'runId' = runs.id::text)) as line
    from training_runs as runs where finished_at is null limit 5`;
  for (const { line } of unfinished) report.line(`unfinished run ${line}`);
  const registered = await system.owner<{ line: string }[]>`
    select concat_ws(' | ', process_id, 'heard of ' || (clock_timestamp() - heartbeat_at) || ' ago', 'job ' || job_id,
      (select 'locked by backend ' || pid from pg_locks where locktype = 'advisory' and objid = number and objsubid = 2)) as line
    from workers where kind = 'TRAINING' order by number`;
  for (const { line } of registered) report.line(`registered worker ${line}`);
}
