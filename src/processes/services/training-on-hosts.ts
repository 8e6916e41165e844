import type { BlobService } from '../../blobs/blob.service.ts';
import type { Config } from '../../config.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';
import { threadFile } from '../../platform/threads/threads.ts';
import { WarmWorker } from '../../platform/threads/warm-worker.ts';
import { TrainingFiles } from '../../training/distributed/files/training-files.service.ts';
import type { HostsDependencies } from '../../training/distributed/fit-on-hosts.ts';
import { prepareOnWorker } from '../../training/distributed/shards/prepare-on-worker.ts';
import type { ShardsInput, ShardsMessage } from '../../training/distributed/shards/write-shards.thread.ts';
import type { TrainingInput, TrainingMessage } from '../../training/worker/train-model.thread.ts';

/** The threads of a worker: one that trains, and one that writes shards for other hosts. */
export interface TrainingThreads {
  readonly thread: WarmWorker<TrainingInput, TrainingMessage>;
  readonly shards: WarmWorker<ShardsInput, ShardsMessage>;
}

/** Starts them. */
export function startTrainingThreads(): TrainingThreads {
  const fileOf = (name: string) => threadFile(import.meta.url, `../../training/${name}.thread`);
  const poolWorker = fileOf('worker/pool-worker');
  return {
    thread: new WarmWorker(fileOf('worker/train-model'), poolWorker),
    shards: new WarmWorker(fileOf('distributed/shards/write-shards'), poolWorker),
  };
}

/** What of the process trainings on several hosts are coordinated with. */
export interface CoordinatorParts {
  readonly database: Database;
  readonly blobs: BlobService;
  readonly changes: NotificationHub;
  readonly thread: WarmWorker<ShardsInput, ShardsMessage>;
}

/** How the worker of a run has several hosts fit its model. */
export function trainingOnHosts(
  { database, blobs, changes, thread }: CoordinatorParts,
  { ENGINE_WAIT_SECONDS }: Pick<Config, 'ENGINE_WAIT_SECONDS'>,
): HostsDependencies {
  const files = new TrainingFiles(database, blobs);
  const prepareShards = prepareOnWorker({ thread, blobs, files });
  return { database, blobs, changes, files, prepareShards, waitSeconds: ENGINE_WAIT_SECONDS };
}
