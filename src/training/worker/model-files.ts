import type { Transaction } from '../../platform/postgres/database.ts';
import type { TrainingRunRow } from '../runs/training-run.store.ts';

/** Stores the files of trained models; implemented by artifacts/. */
export interface ModelWriter {
  /** Writes the bytes to a temporary file, which `save` stores and `finish` removes if it was not stored. */
  prepare(workspaceId: string, bytes: Uint8Array): Promise<PreparedModel>;
}

/** Reads the files of models; implemented by artifacts/. */
export interface ModelReader {
  /** The file of a run's model; null where there is none any more. */
  readOfRun(run: Pick<TrainingRunRow, 'id' | 'workspaceId'>): Promise<Uint8Array<ArrayBuffer> | null>;
}

export interface PreparedModel {
  /** Stores the model as the run's artifact, within the transaction that ends the run. */
  save(tx: Transaction, run: Pick<TrainingRunRow, 'id'>): Promise<void>;
  /** Called after the transaction, whichever way it ended. */
  finish(saved: boolean): Promise<void>;
}
