import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { BatchedRead } from '../api/graphql/batched-read.ts';
import type { Context } from '../api/graphql/context.ts';
import { type Connection, type CursorForm, parsePageOf, toConnectionOf } from '../api/graphql/pagination.ts';
import { toDataset } from './dataset.resolver.ts';
import type { DatasetService } from './dataset.service.ts';
import { DatasetConnection, DatasetType } from './dataset.type.ts';
import type { ListedDataset, VersionPlace, VersionsQuestion } from './dataset-list.store.ts';

/** Versions are numbered without a gap or a tie: the number is the place. */
const BY_VERSION: CursorForm<VersionPlace> = {
  format: ({ version }) => `version ${version}`,
  parse: (text) => {
    // Nine digits are an integer of PostgreSQL's, and more versions than there will be.
    const [, version] = /^version ([1-9]\d{0,8})$/.exec(text) ?? [];
    return version === undefined ? null : { version: Number(version) };
  },
};

@Resolver(() => DatasetType)
export class DatasetVersionsResolver {
  readonly #versions: BatchedRead<VersionsQuestion, readonly ListedDataset[]>;
  readonly #counts: BatchedRead<string, number>;

  constructor(datasets: DatasetService) {
    this.#versions = new BatchedRead((viewer, questions) => datasets.versions(viewer, questions));
    this.#counts = new BatchedRead((viewer, names) => datasets.countVersions(viewer, names));
  }

  @FieldResolver(() => DatasetConnection, {
    nullable: true,
    description: 'All versions of its name, this one among them, newest first.',
  })
  async versions(
    @Root() { name }: DatasetType,
    @Arg('first', () => Int, { defaultValue: 20 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<DatasetType>> {
    const page = parsePageOf(BY_VERSION, first, after);
    const rows = await this.#versions.load(context, { name, ...page });
    return toConnectionOf(BY_VERSION, rows, page, toDataset, () => this.#counts.load(context, name));
  }
}
