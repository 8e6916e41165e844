import { recordAudit } from '../../auth/audit/record-audit.ts';
import type { Viewer } from '../../auth/viewer.ts';
import { badInput, notFound, TrainyardError } from '../../errors.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { parseName } from '../../platform/user-text.ts';
import type { ArtifactService } from '../artifact.service.ts';
import type { ArtifactRow } from '../artifact.store.ts';
import {
  countAliases,
  deleteAlias,
  findAlias,
  listAliases,
  type ModelAliasRow,
  putAlias,
} from './model-alias.store.ts';

const MAX_NAME_LENGTH = 100;

/** All aliases of a workspace are listed at once. */
const MAX_ALIASES = 100;

/** An alias and the model that it stands for; null while that is deleted but may be restored. */
export interface AliasedModel {
  readonly alias: ModelAliasRow;
  readonly artifact: ArtifactRow | null;
}

/** Names that applications ask, such as `champion`, whichever model they stand for now. */
export class ModelAliases {
  readonly #database: Database;
  readonly #artifacts: Pick<ArtifactService, 'find' | 'findMany'>;

  constructor(database: Database, artifacts: Pick<ArtifactService, 'find' | 'findMany'>) {
    this.#database = database;
    this.#artifacts = artifacts;
  }

  /** Throws NOT_FOUND for an unknown model, and QUOTA_EXCEEDED for the 101st alias. */
  async set(viewer: Viewer, name: string, artifactId: string): Promise<AliasedModel> {
    const artifact = await this.#artifacts.find(viewer, artifactId);
    if (artifact === null) throw notFound('artifact', artifactId);
    const alias: ModelAliasRow = {
      workspaceId: viewer.workspaceId,
      name: parseAlias(name),
      artifactId: artifact.id,
      updatedAt: new Date(),
    };
    await this.#database.transaction(viewer, async (tx) => {
      const count = await countAliases(tx, viewer.workspaceId);
      if (count >= MAX_ALIASES && (await findAlias(tx, alias.name)) === null) throw tooMany();
      await putAlias(tx, alias);
      await recordAudit(tx, 'model.named', { subject: artifact.id, details: { name: alias.name } });
    });
    return { alias, artifact };
  }

  /** Removes an alias; its model stays. Throws NOT_FOUND if there is none of that name. */
  async remove(viewer: Viewer, name: string): Promise<void> {
    const parsed = parseAlias(name);
    const isRemoved = await this.#database.transaction(viewer, async (tx) => {
      const wasThere = await deleteAlias(tx, parsed);
      if (wasThere) await recordAudit(tx, 'model.unnamed', { details: { name: parsed } });
      return wasThere;
    });
    if (!isRemoved) throw unknownAlias(parsed);
  }

  /** All aliases, by name. */
  async list(viewer: Viewer): Promise<AliasedModel[]> {
    const aliases = await this.#database.transaction(viewer, (tx) => listAliases(tx));
    const artifacts = await this.#artifacts.findMany(
      viewer,
      aliases.map(({ artifactId }) => artifactId),
    );
    return aliases.map((alias, index) => ({ alias, artifact: artifacts[index] ?? null }));
  }

  /** The id of the model that an alias stands for. Throws NOT_FOUND if there is none of that name. */
  async resolve(viewer: Viewer, name: string): Promise<string> {
    const alias = await this.#database.transaction(viewer, (tx) => findAlias(tx, name));
    if (alias === null) throw unknownAlias(name);
    return alias.artifactId;
  }
}

function parseAlias(name: string): string {
  return parseName(name, { argument: 'name', what: 'The alias', maxLength: MAX_NAME_LENGTH });
}

function unknownAlias(name: string): TrainyardError {
  return new TrainyardError('NOT_FOUND', `No model has the alias "${name.slice(0, MAX_NAME_LENGTH)}".`);
}

function tooMany(): TrainyardError {
  return new TrainyardError('QUOTA_EXCEEDED', `A workspace has at most ${MAX_ALIASES} aliases.`, {
    hint: 'Remove one: setModelAlias without an artifactId.',
  });
}

/** The one model that is named by its id or by an alias. Throws BAD_USER_INPUT for both, and for neither. */
export function oneModel(
  artifactId: string | null,
  alias: string | null,
): { readonly id: string } | { readonly alias: string } {
  if (artifactId !== null && alias === null) return { id: artifactId };
  if (artifactId === null && alias !== null) return { alias };
  throw badInput('artifactId', 'Name one model, by its artifactId or by an alias.');
}
