import type { ModelAliases } from '../artifacts/aliases/model-alias.service.ts';
import type { ArtifactService } from '../artifacts/artifact.service.ts';
import type { ArtifactRow } from '../artifacts/artifact.store.ts';
import type { Viewer } from '../auth/viewer.ts';
import { notFound } from '../errors.ts';
import type { RecentMemory, RecentValues } from '../platform/concurrency/recent-values.ts';

/** Finds the models that predictions ask, which were there a moment ago: see RecentValues. */
export class AskedModels {
  readonly #artifacts: Pick<ArtifactService, 'find'>;
  readonly #aliases: Pick<ModelAliases, 'resolve'>;
  readonly #found: RecentValues<ArtifactRow | null>;
  readonly #resolved: RecentValues<string>;

  constructor(
    artifacts: Pick<ArtifactService, 'find'>,
    aliases: Pick<ModelAliases, 'resolve'>,
    memory: Pick<RecentMemory, 'open'>,
  ) {
    this.#artifacts = artifacts;
    this.#aliases = aliases;
    this.#found = memory.open((artifact) => artifact !== null);
    this.#resolved = memory.open(() => true);
  }

  /** A model of the viewer's workspace. Throws NOT_FOUND. */
  async find(viewer: Viewer, artifactId: string): Promise<ArtifactRow> {
    const key = `${viewer.workspaceId}/${artifactId}`;
    const artifact = await this.#found.get(key, () => this.#artifacts.find(viewer, artifactId));
    if (artifact === null) throw notFound('model', artifactId);
    return artifact;
  }

  /** The id of the model that an alias stands for. Throws NOT_FOUND. */
  resolve(viewer: Viewer, alias: string): Promise<string> {
    return this.#resolved.get(`${viewer.workspaceId}/${alias}`, () => this.#aliases.resolve(viewer, alias));
  }
}
