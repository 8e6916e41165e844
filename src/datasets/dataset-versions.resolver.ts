import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { BatchLoader } from '../api/graphql/batch-loader.ts';
import type { Context } from '../api/graphql/context.ts';
import { type Connection, type CursorFormat, parsePageOf, toConnectionOf } from '../api/graphql/pagination.ts';
import { toDataset } from './dataset.mapper.ts';
import type { DatasetService } from './dataset.service.ts';
import { DatasetConnection, DatasetType } from './dataset.type.ts';
import type { ListedDataset, VersionCursor, VersionsRequest } from './dataset-list.store.ts';

/** Version numbers have no gaps and no ties, so the number itself is the cursor. */
const VERSION_CURSOR: CursorFormat<VersionCursor> = {
  format: ({ version }) => `version ${version}`,
  parse: (text) => {
    // Nine digits fit into a PostgreSQL integer, and exceed any number of versions.
    const [, version] = /^version ([1-9]\d{0,8})$/.exec(text) ?? [];
    return version === undefined ? null : { version: Number(version) };
  },
};

@Resolver(() => DatasetType)
export class DatasetVersionsResolver {
  readonly #versions: BatchLoader<VersionsRequest, readonly ListedDataset[]>;
  readonly #counts: BatchLoader<string, number>;

  constructor(datasets: DatasetService) {
    this.#versions = new BatchLoader((viewer, requests) => datasets.versions(viewer, requests));
    this.#counts = new BatchLoader((viewer, names) => datasets.countVersions(viewer, names));
  }

  @FieldResolver(() => DatasetConnection, {
    nullable: true,
    description: 'All versions of its name, including this one, newest first.',
  })
  async versions(
    @Root() { name }: DatasetType,
    @Arg('first', () => Int, { defaultValue: 20 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<DatasetType>> {
    const page = parsePageOf(VERSION_CURSOR, first, after);
    const rows = await this.#versions.load(context, { name, ...page });
    return toConnectionOf(VERSION_CURSOR, rows, page, toDataset, () => this.#counts.load(context, name));
  }
}
