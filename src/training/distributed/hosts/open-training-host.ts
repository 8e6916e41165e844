import { randomUUID } from 'node:crypto';
import { availableParallelism, hostname, networkInterfaces, totalmem } from 'node:os';
import type { BlobService } from '../../../blobs/blob.service.ts';
import type { Config } from '../../../config.ts';
import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { NotificationHub } from '../../../platform/postgres/notifications.ts';
import { TrainingFiles } from '../files/training-files.service.ts';
import { pythonOffer } from '../rank/python-offer.ts';
import { rankLauncher } from '../rank/rank-process.ts';
import { RankRunner } from '../ranks/rank-runner.ts';
import type { TrainingHostState } from './training-host.store.ts';
import { TrainingHost } from './training-host.ts';

/** The settings of a host. */
type HostSettings =
  | 'ENGINE'
  | 'ENGINE_PYTHON'
  | 'ENGINE_ADDRESS'
  | 'ENGINE_PORTS'
  | 'ENGINE_CHECKPOINT_SECONDS'
  | 'TRAINING_THREADS';

/** What a host of trainings on several hosts works with. */
export interface HostParts {
  readonly config: Pick<Config, HostSettings>;
  readonly database: Database;
  readonly blobs: BlobService;
  readonly changes: NotificationHub;
  readonly logger: Logger;
}

/** Makes this process a host, if the settings say so; null: it is none. Without Python or xgboost it is one that says what it lacks. */
export async function openTrainingHost({ config, ...parts }: HostParts): Promise<TrainingHost | null> {
  if (config.ENGINE === null) return null;
  const address = config.ENGINE_ADDRESS ?? ownAddress();
  const state = await stateOf(config.ENGINE_PYTHON, address);
  if (state.missing !== null) parts.logger.error({ missing: state.missing }, 'this host cannot take part in trainings');
  const dependencies = {
    ...{ ...parts, address, files: new TrainingFiles(parts.database, parts.blobs) },
    launch: rankLauncher({ python: config.ENGINE_PYTHON }),
    takePort: portsOf(config.ENGINE_PORTS),
    checkpointSeconds: config.ENGINE_CHECKPOINT_SECONDS,
    threads: config.TRAINING_THREADS ?? state.cores,
  };
  return new TrainingHost({ ...parts, state, createRank: (row) => new RankRunner(row, dependencies) });
}

async function stateOf(python: string, address: string): Promise<TrainingHostState> {
  const offer = await pythonOffer(python);
  const host = { id: randomUUID(), host: hostname(), address };
  if (!('missing' in offer)) return { ...host, ...offer, missing: null };
  const { missing } = offer;
  return { ...host, cores: availableParallelism(), memoryBytes: totalmem(), python: null, xgboost: null, missing };
}

/** The first address of this machine at which others could reach it. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

/** One port after the other, so that one that is still being released is not asked for again at once; 0 for any free one. */
function portsOf(range: Config['ENGINE_PORTS']): () => number {
  if (range === null) return () => 0;
  const { first, last } = range;
  const count = last - first + 1;
  // Processes of one machine begin at different ports.
  let next = process.pid % count;
  return () => first + (next++ % count);
}
