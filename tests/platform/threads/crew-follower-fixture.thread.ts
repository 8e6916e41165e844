import { workerData } from 'node:worker_threads';
import { type FollowerData, followInCrew } from '../../../src/platform/threads/crew-follower.ts';
import type { CrewOrder } from './crew-tasks.ts';
import { doTask } from './crew-tasks.ts';

followInCrew(workerData as FollowerData, (order) => (step, task) => doTask(order as CrewOrder, step, task));
