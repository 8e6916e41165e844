import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { LRUCache } from 'lru-cache';
import type { ArtifactService } from '../artifacts/artifact.service.ts';
import type { ArtifactRow } from '../artifacts/artifact.store.ts';
import type { Viewer } from '../auth/viewer.ts';
import { badInput, notFound, TrainyardError, WrongArguments } from '../errors.ts';
import type { ExportFormat } from '../ml/export/export-model.ts';
import { BlobMissingError } from '../platform/blob-store/blob-store.ts';
import { FairLimiter } from '../platform/concurrency/fair-limiter.ts';
import { KeyedThreads } from '../platform/threads/keyed-threads.ts';
import { poolSize } from '../platform/threads/pool-size.ts';
import { ThreadDiedError, threadFile } from '../platform/threads/threads.ts';
import type { RowExplanation } from '../runtime/contributions/explain-row.ts';
import type { AskedModels } from './asked-models.ts';
import type { JsonRow, RowFault } from './check-rows.ts';
import { InlineModels } from './inline-models.ts';
import type { ExplainedRow, ExplanationRefusal, ModelDescription, PredictedRows } from './loaded-model.ts';
import type {
  Answer,
  PredictionQuery,
  PredictionReply,
  PredictionRequest,
  PredictionThreadData,
} from './predict.thread.ts';

/** A model is in one thread only; two leave the other processors to reading and training. */
const MAX_THREADS = 2;

/** One in so many bytes of the models in memory is for those that the event loop predicts with. */
const INLINE_SHARE = 8;

/** Requests that the threads have at once, and that wait of each workspace. */
const MAX_RUNNING = 16;
const MAX_WAITING = 1_000;

/** Of the names of columns that are remembered. */
const MAX_NAME_CHARACTERS = 2_000_000;

/** The predictions of rows, all of which could be read. */
export type Predicted = Exclude<PredictedRows, { readonly faults: unknown }>;

/** A row that a model predicted, and the label that is asked about. */
export interface ExplanationKey extends ExplainedRow {
  readonly artifactId: string;
}

/** Predicts rows with trained models: in threads that keep the models in memory, or at once where that takes no time. */
export class PredictionService {
  readonly #artifacts: Pick<ArtifactService, 'fileOf'>;
  readonly #models: Pick<AskedModels, 'find'>;
  readonly #inline: InlineModels;
  readonly #threads: KeyedThreads<PredictionRequest, PredictionReply>;
  readonly #limiter = new FairLimiter(MAX_RUNNING, MAX_WAITING, 'Too many predictions of this workspace are waiting.');
  readonly #columns = new LRUCache<string, readonly string[]>({ maxSize: MAX_NAME_CHARACTERS });
  /** Model files that are being read, so that requests for the same model read it once. */
  readonly #loading = new Map<string, Promise<unknown>>();

  /** `maxCachedBytes`: bound on the model files in memory. */
  constructor(artifacts: Pick<ArtifactService, 'fileOf'>, models: Pick<AskedModels, 'find'>, maxCachedBytes: number) {
    this.#artifacts = artifacts;
    this.#models = models;
    const size = poolSize(MAX_THREADS);
    const inlineBytes = Math.floor(maxCachedBytes / INLINE_SHARE);
    this.#inline = new InlineModels((artifact) => this.#read(artifact), inlineBytes);
    const perThread = Math.floor((maxCachedBytes - inlineBytes) / size);
    const data: PredictionThreadData = { maxCachedBytes: Math.max(1, perThread) };
    this.#threads = new KeyedThreads(threadFile(import.meta.url, './predict.thread'), size, data);
  }

  /**
   * The predictions of rows by one model, in order. Throws NOT_FOUND for an unknown model, and BAD_USER_INPUT, for each value
   * that is absent or of the wrong type, with its place: `rows[3].tenure`.
   */
  async predict(viewer: Viewer, artifactId: string, rows: readonly JsonRow[]): Promise<Predicted> {
    const artifact = await this.#models.find(viewer, artifactId);
    const answer =
      (await this.#inline.predict(artifact, rows)) ?? (await this.#run(artifact, { type: 'predict', rows }));
    if ('predictions' in answer) return answer;
    throw wrongRows('faults' in answer ? answer.faults : []);
  }

  /**
   * What moves the predictions of rows, in order; null where the model's file does not tell enough. Throws NOT_FOUND for an
   * unknown model, and BAD_USER_INPUT for a label that it does not have, and where it would take too long.
   */
  async explain(
    viewer: Viewer,
    artifactId: string,
    rows: readonly ExplainedRow[],
  ): Promise<readonly (RowExplanation | null)[]> {
    const answer = await this.#run(await this.#models.find(viewer, artifactId), { type: 'explain', rows });
    if ('explanations' in answer) return answer.explanations;
    throw 'refusal' in answer ? refusalError(answer.refusal) : new Error('The thread answered another query.');
  }

  /** As `explain`, for rows of several models. */
  async explainEach(viewer: Viewer, keys: readonly ExplanationKey[]): Promise<(RowExplanation | null)[]> {
    const found = new Map<ExplanationKey, RowExplanation | null>();
    for (const [artifactId, ofModel] of Map.groupBy(keys, (key) => key.artifactId)) {
      const explanations = await this.explain(viewer, artifactId, ofModel);
      for (const [index, key] of ofModel.entries()) found.set(key, explanations[index] ?? null);
    }
    return keys.map((key) => found.get(key) ?? null);
  }

  /** What a model reads, and its labels. Throws NOT_FOUND if its file is gone. */
  async describe(artifact: ArtifactRow): Promise<ModelDescription> {
    const answer = await this.#run(artifact, { type: 'describe' });
    if ('inputs' in answer) return answer;
    throw new Error('The thread answered another query.');
  }

  /** The names of the columns that a model reads, in the order of its inputs, which are remembered. Throws as `describe`. */
  async columnsOf(artifact: ArtifactRow): Promise<readonly string[]> {
    const key = keyOf(artifact);
    const known = this.#columns.get(key);
    if (known !== undefined) return known;
    const names = (await this.describe(artifact)).inputs.map(({ name }) => name);
    this.#columns.set(key, names, { size: names.reduce((sum, name) => sum + name.length, 1) });
    return names;
  }

  /** The model in the form of another library. Throws BAD_USER_INPUT where that cannot carry it. */
  async export(artifact: ArtifactRow, format: ExportFormat): Promise<Uint8Array> {
    const query: PredictionQuery = { type: 'export', format };
    const answer = await this.#run(artifact, query);
    if ('exported' in answer) return answer.exported;
    throw 'exportFault' in answer
      ? badInput('input.format', `The model cannot be written in this form: ${answer.exportFault}.`)
      : new Error('The thread answered another query.');
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.#threads.close();
  }

  #run(artifact: ArtifactRow, query: PredictionQuery): Promise<Answer> {
    return this.#limiter.run(artifact.workspaceId, () => this.#askThread(artifact, query));
  }

  async #askThread(artifact: ArtifactRow, query: PredictionQuery): Promise<Answer> {
    const key = keyOf(artifact);
    try {
      for (;;) {
        const reply = await this.#threads.run(key, { key, query, file: null });
        if (!('isModelNeeded' in reply)) return reply;
        const loading = this.#loading.get(key);
        if (loading === undefined) return await this.#loadAndAsk(artifact, key, query);
        // Once another request has loaded the model, this one finds it; if that failed, this one tries.
        await loading.catch(() => undefined);
      }
    } catch (error) {
      throw error instanceof ThreadDiedError ? predictingDied(error) : error;
    }
  }

  async #loadAndAsk(artifact: ArtifactRow, key: string, query: PredictionQuery): Promise<Answer> {
    const loaded = (async () => {
      const file = await this.#read(artifact);
      return await this.#threads.run(key, { key, query, file }, [file.buffer]);
    })();
    this.#loading.set(key, loaded);
    try {
      const reply = await loaded;
      if ('isModelNeeded' in reply) throw new Error('The thread asks for a model that came with the request.');
      return reply;
    } finally {
      if (this.#loading.get(key) === loaded) this.#loading.delete(key);
    }
  }

  /** The bytes of the model's file, in a buffer of their own. */
  async #read(artifact: ArtifactRow): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await bytesOf(await this.#artifacts.fileOf(artifact).open());
    } catch (error) {
      throw error instanceof BlobMissingError ? notFound('model', artifact.id) : error;
    }
  }
}

/** Of the models of a workspace: equal ones are one. */
function keyOf({ workspaceId, sha256 }: Pick<ArtifactRow, 'workspaceId' | 'sha256'>): string {
  return `${workspaceId}/${sha256}`;
}

async function bytesOf(stream: Readable): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await buffer(stream);
  // Small ones are part of a buffer that others use too, which cannot be handed over.
  return new Uint8Array(bytes);
}

/** The errors of all faults, of which there is at least one, together. */
function wrongRows(faults: readonly RowFault[]): WrongArguments {
  const [first, ...others] = faults.map(({ row, column, message, hint }) =>
    badInput(`rows[${row}].${column}`, message, hint),
  );
  if (first === undefined) throw new Error('There is nothing wrong with the rows.');
  return new WrongArguments([first, ...others]);
}

function refusalError(refusal: ExplanationRefusal): TrainyardError {
  switch (refusal) {
    case 'UNKNOWN_LABEL':
      return badInput('label', 'The model has no such label.', 'Artifact.labels lists the labels of a model.');
    case 'TOO_MANY_LEAVES':
      return badInput('contributions', 'The trees of this model have too many leaves for contributions.');
    case 'TOO_MANY_ROWS':
      return badInput(
        'contributions',
        'The contributions of so many rows take too long.',
        'Ask for fewer rows at once.',
      );
  }
}

function predictingDied(cause: ThreadDiedError): TrainyardError {
  const error = new TrainyardError('SERVICE_UNAVAILABLE', 'The thread that predicts ended unexpectedly.', {
    hint: 'Try again. If it fails again, tell the operator the requestId.',
  });
  error.cause = cause;
  return error;
}
