import { workerData } from 'node:worker_threads';
import { type PoolWorkerData, runPoolWorker } from '../../platform/threads/pool-worker.ts';
import { createTask } from './training-worker-pool.ts';

runPoolWorker(workerData as PoolWorkerData, createTask);
