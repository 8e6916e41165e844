import { workerData } from 'node:worker_threads';
import { type PoolWorkerData, runPoolWorker } from '../../../platform/threads/pool-worker.ts';
import { ChunkPredictor } from './chunk-predictor.ts';
import { type PoolChunkInput, predictChunk } from './ordered-chunks.ts';

runPoolWorker(workerData as PoolWorkerData, (input) => {
  // Only predictInOrder sends inputs.
  const { bounds, ...own } = input as PoolChunkInput;
  const predictor = new ChunkPredictor(own);
  return (_, chunk) => predictChunk(predictor, bounds, chunk);
});
