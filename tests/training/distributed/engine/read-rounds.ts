import type { Sql } from 'postgres';
import { type FitCheckpoint, unpackFitCheckpoint } from '../../../../src/training/distributed/fit-checkpoint.ts';

/** The rounds that the checkpoint of a run has; null: it has none, or there is none. `owner` sees all rows. */
export async function readRounds(owner: Sql, runId: string): Promise<FitCheckpoint['rounds']> {
  const parts = await owner<{ bytes: Uint8Array }[]>`select bytes
    from training_checkpoint_parts join training_checkpoints using (run_id, save_id) where run_id = ${runId} order by part`;
  if (parts.length === 0) return null;
  return unpackFitCheckpoint(Buffer.concat(parts.map(({ bytes }) => bytes)))?.rounds ?? null;
}
