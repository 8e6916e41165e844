import { Gauge, type Registry } from 'prom-client';
import type { JobDepth } from '../../platform/jobs/jobs.ts';
import type { QueueSnapshot, QueueStats } from './queue-stats.ts';

/** Metrics of the whole installation, exposed by API processes: queue, workers and schedules. */
export function addQueueMetrics(registry: Registry, queue: QueueStats): void {
  addDepth(registry, queue, TRAININGS);
  addDepth(registry, queue, BATCH_PREDICTIONS);
  addWorkers(registry, queue);
  addSchedules(registry, queue);
  addDeletions(registry, queue);
}

/** A queue, and what its metrics are called. */
interface DepthMetrics {
  readonly count: string;
  readonly oldest: string;
  readonly many: string;
  readonly one: string;
  readonly depthOf: (stats: QueueSnapshot) => JobDepth;
}

const TRAININGS: DepthMetrics = {
  count: 'trainyard_jobs',
  oldest: 'trainyard_oldest_queued_seconds',
  many: 'Trainings',
  one: 'training',
  depthOf: ({ depth }) => depth,
};

const BATCH_PREDICTIONS: DepthMetrics = {
  count: 'trainyard_batch_jobs',
  oldest: 'trainyard_oldest_queued_batch_seconds',
  many: 'Batch predictions',
  one: 'batch prediction',
  depthOf: ({ batchDepth }) => batchDepth,
};

function addDepth(registry: Registry, queue: QueueStats, { one, many, ...metrics }: DepthMetrics): void {
  const { depthOf } = metrics;
  const registers = [registry];
  const jobs = new Gauge({
    name: metrics.count,
    help: `${many} that wait (queued) or are worked on (running), of all workspaces. Nothing while the database is away.`,
    labelNames: ['state'],
    registers,
    collect: async () => {
      jobs.reset();
      const stats = await queue.read();
      if (stats === null) return;
      const { queued, running } = depthOf(stats);
      jobs.set({ state: 'queued' }, queued);
      jobs.set({ state: 'running' }, running);
    },
  });
  const oldest = new Gauge({
    name: metrics.oldest,
    help: `For how long the oldest waiting ${one} has waited; 0 where none does.`,
    registers,
    collect: async () => {
      const stats = await queue.read();
      if (stats === null) oldest.remove();
      else oldest.set(depthOf(stats).oldestQueuedSeconds ?? 0);
    },
  });
}

function addDeletions(registry: Registry, queue: QueueStats): void {
  const registers = [registry];
  const pending = new Gauge({
    name: 'trainyard_pending_deletions',
    help: 'Datasets, with their runs, and workspaces that were deleted and are not removed yet, by kind; restorable ones are none.',
    labelNames: ['kind'],
    registers,
    collect: async () => {
      pending.reset();
      const stats = await queue.read();
      for (const { kind, count } of deletionsOf(stats)) pending.set({ kind }, count);
    },
  });
  const oldest = new Gauge({
    name: 'trainyard_oldest_pending_deletion_seconds',
    help: 'For how long the oldest of these deletions has not been carried out; 0 where none is pending.',
    labelNames: ['kind'],
    registers,
    collect: async () => {
      oldest.reset();
      const stats = await queue.read();
      for (const { kind, oldestSeconds } of deletionsOf(stats)) oldest.set({ kind }, oldestSeconds ?? 0);
    },
  });
}

function deletionsOf(stats: QueueSnapshot | null) {
  if (stats === null) return [];
  const { datasets, workspaces } = stats.deletions;
  return [
    { kind: 'datasets', ...datasets },
    { kind: 'workspaces', ...workspaces },
  ];
}

function addWorkers(registry: Registry, queue: QueueStats): void {
  const registers = [registry];
  const count = new Gauge({
    name: 'trainyard_workers',
    help: 'Live worker processes, wherever they are.',
    registers,
    collect: async () => {
      const stats = await queue.read();
      if (stats === null) count.remove();
      else count.set(stats.workers.length);
    },
  });
  const memory = new Gauge({
    name: 'trainyard_worker_memory_bytes',
    help: 'Memory of each live worker process.',
    labelNames: ['host', 'pid'],
    registers,
    collect: async () => {
      memory.reset();
      for (const { host, processId, memoryBytes } of (await queue.read())?.workers ?? []) {
        memory.set({ host, pid: processId }, memoryBytes);
      }
    },
  });
  const eventLoop = new Gauge({
    name: 'trainyard_worker_event_loop_wait_seconds',
    help: 'The longest wait for the event loop of each live worker process between its last two heartbeats.',
    labelNames: ['host', 'pid'],
    registers,
    collect: async () => {
      eventLoop.reset();
      for (const { host, processId, eventLoopSeconds } of (await queue.read())?.workers ?? []) {
        eventLoop.set({ host, pid: processId }, eventLoopSeconds);
      }
    },
  });
}

function addSchedules(registry: Registry, queue: QueueStats): void {
  const registers = [registry];
  const succeeded = new Gauge({
    name: 'trainyard_schedule_last_success_timestamp_seconds',
    help: 'When a run of each schedule last ended well, in seconds since 1970; where none has, when the schedule was made.',
    labelNames: ['schedule'],
    registers,
    collect: async () => {
      succeeded.reset();
      for (const { name, succeededAt } of (await queue.read())?.schedules ?? []) {
        succeeded.set({ schedule: name }, succeededAt);
      }
    },
  });
  const failed = new Gauge({
    name: 'trainyard_schedule_last_failure_timestamp_seconds',
    help: 'When a run of each schedule last failed; 0 where none has in the days that jobs are kept.',
    labelNames: ['schedule'],
    registers,
    collect: async () => {
      failed.reset();
      for (const { name, failedAt } of (await queue.read())?.schedules ?? []) {
        failed.set({ schedule: name }, failedAt ?? 0);
      }
    },
  });
}
