import { workerData } from 'node:worker_threads';
import { type PoolWorkerData, runPoolWorker } from '../../../src/platform/threads/pool-worker.ts';
import type { PoolJob } from './pool-tasks.ts';
import { doTask } from './pool-tasks.ts';

runPoolWorker(workerData as PoolWorkerData, (order) => (step, task) => doTask(order as PoolJob, step, task));
