import { createHash, randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Viewer } from '../auth/viewer.ts';
import type { BlobService, ReadableFile } from '../blobs/blob.service.ts';
import { BlobMissingError } from '../platform/blob-store/blob-store.ts';
import { isUuid } from '../platform/ids.ts';
import { byIds } from '../platform/postgres/batch-query.ts';
import type { Database, Transaction } from '../platform/postgres/database.ts';
import type { PageOfRows } from '../platform/postgres/keyset.ts';
import type { ModelReader, ModelWriter, PreparedModel } from '../training/worker/model-files.ts';
import {
  type ArtifactQuery,
  type ArtifactRow,
  countArtifacts,
  findArtifact,
  findArtifacts,
  findArtifactsOfRuns,
  insertArtifact,
  listArtifacts,
  shareArtifact,
} from './artifact.store.ts';
import type { ModelFormat } from './model-formats.ts';

const FORMAT: ModelFormat = 'TRAINYARD_JSON';

/** Stores and reads the files of trained models. */
export class ArtifactService implements ModelWriter, ModelReader {
  readonly #database: Database;
  readonly #blobs: BlobService;

  constructor(database: Database, blobs: BlobService) {
    this.#database = database;
    this.#blobs = blobs;
  }

  async prepare(workspaceId: string, bytes: Uint8Array): Promise<PreparedModel> {
    const temporaryPath = this.#blobs.temporaryPath();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const file = { sha256, sizeBytes: bytes.length };
    try {
      await writeFile(temporaryPath, bytes, { mode: 0o600 });
      await this.#blobs.stage(workspaceId, { ...file, temporaryPath });
    } catch (error) {
      // On a full disk, all of what there was room for.
      await rm(temporaryPath, { force: true });
      throw error;
    }
    return {
      save: async (tx, { id: runId }) => {
        await this.#blobs.acquire(tx, workspaceId, { ...file, temporaryPath });
        await insertArtifact(tx, {
          ...file,
          id: randomUUID(),
          workspaceId,
          runId,
          format: FORMAT,
          pinned: false,
          createdAt: new Date(),
          deletedAt: null,
        });
      },
      finish: async (saved) => {
        await rm(temporaryPath, { force: true });
        if (!saved) await this.#blobs.purge({ workspaceId, sha256 });
      },
    };
  }

  async find(viewer: Pick<Viewer, 'workspaceId'>, id: string): Promise<ArtifactRow | null> {
    if (!isUuid(id)) return null;
    return await this.#database.transaction({ workspaceId: viewer.workspaceId }, (tx) => findArtifact(tx, id));
  }

  /** The artifacts with these ids, in that order; null for an unknown one. */
  async findMany(viewer: Pick<Viewer, 'workspaceId'>, ids: readonly string[]): Promise<(ArtifactRow | null)[]> {
    const rows = await this.#database.transaction({ workspaceId: viewer.workspaceId }, (tx) => findArtifacts(tx, ids));
    return byIds(rows, ids);
  }

  /** The model file; null for an unknown id. */
  async findFile(scope: Pick<Viewer, 'workspaceId'>, id: string): Promise<ReadableFile | null> {
    const artifact = await this.find(scope, id);
    return artifact && this.fileOf(artifact);
  }

  async readOfRun(run: Pick<ArtifactRow, 'workspaceId' | 'id'>): Promise<Uint8Array<ArrayBuffer> | null> {
    const { workspaceId } = run;
    const [artifact] = await this.#database.transaction({ workspaceId }, (tx) => findArtifactsOfRuns(tx, [run.id]));
    if (artifact === undefined) return null;
    try {
      return new Uint8Array(await buffer(await this.#blobs.read(artifact)));
    } catch (error) {
      if (error instanceof BlobMissingError) return null;
      throw error;
    }
  }

  /** The model file of an artifact. */
  fileOf(artifact: ArtifactRow): ReadableFile {
    const download = { filename: `model-${artifact.id}.json`, contentType: 'application/json' };
    return this.#blobs.readable(artifact, artifact.sizeBytes, download);
  }

  /** The artifacts of these runs, in that order; null for a run without one. */
  async findOfRuns(viewer: Viewer, runIds: readonly string[]): Promise<(ArtifactRow | null)[]> {
    const rows = await this.#database.transaction(viewer, (tx) => findArtifactsOfRuns(tx, runIds));
    const byRun = new Map(rows.map((row) => [row.runId, row]));
    return runIds.map((runId) => byRun.get(runId) ?? null);
  }

  list(viewer: Viewer, query: ArtifactQuery, page: PageOfRows): Promise<ArtifactRow[]> {
    return this.#database.transaction(viewer, (tx) => listArtifacts(tx, query, page));
  }

  count(viewer: Viewer, query: ArtifactQuery): Promise<number> {
    return this.#database.transaction(viewer, (tx) => countArtifacts(tx, query));
  }
}

/** Keeps a model from being removed until the transaction ends; false where there is none any more. */
export function holdModel(tx: Transaction, id: string): Promise<boolean> {
  return shareArtifact(tx, id);
}
