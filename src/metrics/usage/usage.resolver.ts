import DataLoader from 'dataloader';
import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { DateTime } from '../../api/graphql/scalars.ts';
import { WorkspaceType } from '../../auth/workspaces/workspace.type.ts';
import { toStatistics } from './usage.mapper.ts';
import type { UsageService } from './usage.service.ts';
import { RunStatisticsType, UsageType } from './usage.type.ts';

/**
 * The fields of a workspace about its contents. They are about the workspace itself, which need not be that of the token: a
 * viewer sees all of their memberships. After signUp and signIn there is no token yet, so these fields do not check the
 * caller.
 */
@Resolver(() => WorkspaceType)
export class WorkspaceUsageResolver {
  readonly #usage: UsageService;
  readonly #loaders = new WeakMap<Context['caller'], DataLoader<string, UsageType>>();

  constructor(usage: UsageService) {
    this.#usage = usage;
  }

  @FieldResolver(() => UsageType)
  usage(@Root() { id }: WorkspaceType, @Ctx() { caller }: Context): Promise<UsageType> {
    const known = this.#loaders.get(caller);
    if (known) return known.load(id);
    const loader: DataLoader<string, UsageType> = new DataLoader((ids: readonly string[]) => {
      // Simultaneous lookups of one request are read once: the viewer's workspace is also that of a membership.
      // Nothing is cached.
      loader.clearAll();
      return Promise.all(ids.map((workspaceId) => this.#usage.usageOf(workspaceId)));
    });
    this.#loaders.set(caller, loader);
    return loader.load(id);
  }

  @Cost({ weight: 5_000 })
  @FieldResolver(() => RunStatisticsType, {
    nullable: true,
    description: 'The runs created in a period of at most 366 days, by day, status and algorithm.',
  })
  async runStatistics(
    @Root() { id }: WorkspaceType,
    @Arg('from', () => DateTime, { nullable: true, description: 'Default: 30 days before `to`.' }) from: Date | null,
    @Arg('to', () => DateTime, { nullable: true, description: 'Default: now.' }) to: Date | null,
  ): Promise<RunStatisticsType> {
    return toStatistics(await this.#usage.runStatistics(id, from, to));
  }
}
