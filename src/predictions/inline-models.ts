import { LRUCache } from 'lru-cache';
import type { ArtifactRow } from '../artifacts/artifact.store.ts';
import { type EstimatorModel, LEAF, type Model, outputCount } from '../runtime/model.ts';
import type { JsonRow } from './check-rows.ts';
import { LoadedModel, type PredictedRows } from './loaded-model.ts';

/** Files up to this size are read and checked within a few milliseconds: 100 trees of 31 leaves have 150 kB. */
const MAX_FILE_BYTES = 256 * 1024;

/**
 * What the event loop does at once for a request: about a fifth of a millisecond, which is as long as handing it to a thread and
 * back takes.
 */
const MAX_STEPS = 20_000;

/** A model, and about the steps that one row takes. */
interface InlineModel {
  readonly model: LoadedModel;
  readonly stepsPerRow: number;
}

/**
 * Small models, kept in memory by the event loop itself, for requests that are so cheap that a thread would make them slower. What
 * a request costs is counted before; larger ones are for the threads.
 */
export class InlineModels {
  readonly #read: (artifact: ArtifactRow) => Promise<Uint8Array>;
  readonly #models: LRUCache<string, Promise<InlineModel>>;

  /** `maxBytes`: bound on the files of the models in memory. */
  constructor(read: (artifact: ArtifactRow) => Promise<Uint8Array>, maxBytes: number) {
    this.#read = read;
    this.#models = new LRUCache({ maxSize: Math.max(1, maxBytes) });
  }

  /** What the model says of the rows; null where that is work for a thread. */
  async predict(artifact: ArtifactRow, rows: readonly JsonRow[]): Promise<PredictedRows | null> {
    if (artifact.sizeBytes > MAX_FILE_BYTES) return null;
    const valueSteps = stepsOfValues(rows);
    if (valueSteps > MAX_STEPS) return null;
    const { model, stepsPerRow } = await this.#find(artifact);
    return valueSteps + stepsPerRow * rows.length > MAX_STEPS ? null : model.predictAtOnce(rows);
  }

  async #find(artifact: ArtifactRow): Promise<InlineModel> {
    const key = `${artifact.workspaceId}/${artifact.sha256}`;
    const known = this.#models.get(key);
    if (known !== undefined) return await known;
    const loading = this.#read(artifact).then((file) => {
      const model = new LoadedModel(file);
      return { model, stepsPerRow: stepsPerRow(model.model) };
    });
    this.#models.set(key, loading, { size: artifact.sizeBytes });
    try {
      return await loading;
    } catch (error) {
      // The next request tries again.
      if (this.#models.peek(key) === loading) this.#models.delete(key);
      throw error;
    }
  }
}

/** Reading the values: so many steps for each, and for each character of a text. */
const STEPS_PER_VALUE = 10;

function stepsOfValues(rows: readonly JsonRow[]): number {
  let steps = 0;
  for (const row of rows) {
    for (const value of Object.values(row)) {
      // Some texts are searched anew from each of their characters.
      steps += STEPS_PER_VALUE + (typeof value === 'string' ? value.length ** 2 / 100 : 0);
    }
    if (steps > MAX_STEPS) break;
  }
  return steps;
}

/** The features, and of each tree the levels down to the leaves, and what a leaf adds. */
function stepsPerRow(model: Model, estimator: EstimatorModel = model.estimator): number {
  const { features } = model;
  const base = features.length * STEPS_PER_VALUE + outputCount(model);
  if (estimator.kind === 'BLEND') {
    return estimator.members.reduce((sum, member) => sum + stepsPerRow(model, member.model), 0);
  }
  if (estimator.kind === 'CONSTANT') return base;
  if (estimator.kind === 'LINEAR') return base + features.length * estimator.marginCount;
  const { roots, nodeFeatures, nodeRights } = estimator;
  const perLeaf = estimator.kind === 'TREES' ? estimator.leafSize : outputCount(model);
  const levels = new Uint32Array(nodeFeatures.length);
  let deepest = 0;
  for (let node = 0; node < nodeFeatures.length; node++) {
    const level = levels[node]!;
    deepest = Math.max(deepest, level);
    if (nodeFeatures[node] === LEAF) continue;
    levels[node + 1] = level + 1;
    levels[nodeRights[node]!] = level + 1;
  }
  return base + roots.length * (deepest + perLeaf);
}
