import { workerData } from 'node:worker_threads';
import { type FollowerData, followInCrew } from '../../platform/threads/crew-follower.ts';
import { followOrder } from './training-crew.ts';

followInCrew(workerData as FollowerData, followOrder);
