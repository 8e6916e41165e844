import { MessageChannel, Worker } from 'node:worker_threads';
import { CONTROL_BYTES } from './crew-control.ts';
import type { FollowerData } from './crew-follower.ts';
import type { CrewAccess } from './crew-leader.ts';

/** Starts threads that follow in a crew; their file calls `followInCrew`. Whoever leads it is given `access`. */
export function startFollowers(
  file: URL,
  count: number,
): { readonly access: CrewAccess; readonly workers: readonly Worker[] } {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
  const channels = Array.from({ length: count }, () => new MessageChannel());
  const workers = channels.map(({ port2: port }) => {
    const data: FollowerData = { control, port };
    return new Worker(file, { workerData: data, transferList: [port] });
  });
  return { access: { control, ports: channels.map(({ port1 }) => port1) }, workers };
}
