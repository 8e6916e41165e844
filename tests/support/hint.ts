import type { TestServer } from './test-server.ts';

/** Tells the listeners of a workspace that a run may have changed, as every change of a run does. */
export async function hintAtRun({ database }: TestServer, runId: string): Promise<void> {
  await database.owner`
    select pg_notify('trainyard_changes', json_build_object('scope', workspace_id, 'topic', 'training-run', 'id', id)::text)
    from training_runs where id = ${runId}`;
}
