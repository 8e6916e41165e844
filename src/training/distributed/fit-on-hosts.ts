import { serialize } from 'node:v8';
import type { BlobService } from '../../blobs/blob.service.ts';
import type { RanksModel } from '../../ml/distributed/model/ranks-model.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ClaimedRun } from '../runs/training-run.store.ts';
import { type DistributedDependencies, DistributedFit, type FitConditions, type FitWork } from './distributed-fit.ts';
import type { StoredFile } from './gangs/gang-order.ts';

/** What fitting on several hosts needs on the run's worker. */
export interface HostsDependencies extends DistributedDependencies {
  readonly blobs: Pick<BlobService, 'read'>;
}

/** A model that several hosts have fitted, packed for the thread that tests it. */
export interface HostsModel {
  readonly bytes: Uint8Array;
  /** For the model card: `XGBoost 1.7.4 on 3 hosts`. */
  readonly fittedBy: string;
}

/** Fits the run's model on several hosts. Rejects as DistributedFit does. */
export async function fitOnHosts(
  run: ClaimedRun,
  work: FitWork,
  dependencies: HostsDependencies,
  conditions: FitConditions,
  logger: Logger,
): Promise<HostsModel> {
  const fit = new DistributedFit(run, dependencies, conditions, logger);
  const { end, checkpoint, xgboost, hosts } = await fit.fit(work);
  const read = async (file: StoredFile | null, what: string) => {
    if (file === null) throw new Error(`Rank 0 has told no ${what}.`);
    const chunks = await (
      await dependencies.blobs.read({ workspaceId: run.workspaceId, sha256: file.sha256 })
    ).toArray();
    return Buffer.concat(chunks as Uint8Array[]);
  };
  const { preparation, curve, check } = checkpoint;
  const ranks: RanksModel = {
    model: await read(end.model, 'model'),
    margins: await read(end.margins, 'margins'),
    codes: await read(check.codes, 'rows to check'),
    ...{ preparation, curve },
    endReason: end.reason !== 'STOPPED' || conditions.isStopped() ? end.reason : 'TIME_BUDGET',
  };
  return { bytes: serialize(ranks), fittedBy: `XGBoost ${xgboost} on ${hosts} hosts` };
}
