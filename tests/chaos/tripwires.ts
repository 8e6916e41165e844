import type postgres from 'postgres';

/**
 * Makes the database note, whoever writes and however briefly it shows: every change of a run that has ended, and every
 * attempt that falls. What may happen to an ended run (its model is removed, it is archived) is not noted.
 */
export async function installTripwires(owner: postgres.Sql): Promise<void> {
  await owner.unsafe(`
    create table chaos_trips (run_id uuid not null, at timestamptz not null, what text not null);
    create function chaos_watch() returns trigger language plpgsql security definer as $$
    declare
      may_change constant text[] := '{artifact_removed_at,archived_at}';
    begin
      if old.finished_at is not null and to_jsonb(old) - may_change <> to_jsonb(new) - may_change then
        insert into chaos_trips values (old.id, clock_timestamp(), format('%s after its end: %s', old.status, (
          select string_agg(key, ', ') from jsonb_each(to_jsonb(new)) where value <> to_jsonb(old) -> key)));
      end if;
      if new.attempt < old.attempt then
        insert into chaos_trips values (old.id, clock_timestamp(), format('attempt %s after %s', new.attempt, old.attempt));
      end if;
      return new;
    end $$;
    create trigger chaos_watch before update on training_runs for each row execute function chaos_watch();`);
}

/** What the tripwires have noted. */
export async function readTrips(owner: postgres.Sql): Promise<string[]> {
  const rows = await owner<{ run_id: string; what: string }[]>`select run_id, what from chaos_trips order by at`;
  return rows.map(({ run_id, what }) => `run ${run_id}: ${what}`);
}
