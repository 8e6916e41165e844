import { MessageChannel, Worker } from 'node:worker_threads';
import { CONTROL_BYTES } from './pool-control.ts';
import type { PoolAccess } from './pool-coordinator.ts';
import type { PoolWorkerData } from './pool-worker.ts';

/** Starts the workers of a pool; their file calls `runPoolWorker`. `access` is for the coordinator. */
export function startPoolWorkers(
  file: URL,
  count: number,
): { readonly access: PoolAccess; readonly workers: readonly Worker[] } {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
  const channels = Array.from({ length: count }, () => new MessageChannel());
  const workers = channels.map(({ port2: port }) => {
    const data: PoolWorkerData = { control, port };
    return new Worker(file, { workerData: data, transferList: [port] });
  });
  return { access: { control, ports: channels.map(({ port1 }) => port1) }, workers };
}
