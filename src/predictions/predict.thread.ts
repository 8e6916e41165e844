import { workerData } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import type { ExportFormat } from '../ml/export/export-model.ts';
import { serveKeyedThread } from '../platform/threads/serve-keyed-thread.ts';
import type { JsonRow } from './check-rows.ts';
import { type ExportedModel, exportedModel } from './exported-model.ts';
import {
  type ExplainedRow,
  type ExplainedRows,
  LoadedModel,
  type ModelDescription,
  type PredictedRows,
} from './loaded-model.ts';

export interface PredictionThreadData {
  /** Model files are kept up to so many bytes together; in memory they take about as much. */
  readonly maxCachedBytes: number;
}

/** What is asked of a model. */
export type PredictionQuery =
  | { readonly type: 'predict'; readonly rows: readonly JsonRow[] }
  | { readonly type: 'explain'; readonly rows: readonly ExplainedRow[] }
  | { readonly type: 'describe' }
  | { readonly type: 'export'; readonly format: ExportFormat };

/** A query for a model, by its key; with the model's file if the thread has asked for it. */
export interface PredictionRequest {
  readonly key: string;
  readonly query: PredictionQuery;
  readonly file: Uint8Array | null;
}

/** The thread does not have the model, or no longer. */
export interface ModelNeeded {
  readonly isModelNeeded: true;
}

export type Answer = PredictedRows | ExplainedRows | ModelDescription | ExportedModel;
export type PredictionReply = Answer | ModelNeeded;

const { maxCachedBytes } = workerData as PredictionThreadData;
const models = new LRUCache<string, LoadedModel>({ maxSize: maxCachedBytes });

serveKeyedThread<PredictionRequest, PredictionReply>(async ({ key, query, file }) => {
  const model = models.get(key) ?? (file === null ? null : load(key, file));
  if (model === null) return { isModelNeeded: true };
  switch (query.type) {
    case 'predict':
      return await model.predict(query.rows);
    case 'explain':
      return await model.explain(query.rows);
    case 'describe':
      return model.describe();
    case 'export':
      return exportedModel(model.model, query.format);
  }
});

function load(key: string, file: Uint8Array): LoadedModel {
  const model = new LoadedModel(file);
  // A model that is larger than the cache predicts this once, and is not kept.
  models.set(key, model, { size: Math.max(1, file.byteLength) });
  return model;
}
