import { Arg, Ctx, Int, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { CleanupReportType } from './cleanup.type.ts';
import type { Expiry } from './expiry.service.ts';

@Resolver()
export class CleanupResolver {
  readonly #expiry: Expiry;

  constructor(expiry: Expiry) {
    this.#expiry = expiry;
  }

  @Mutation(() => CleanupReportType, {
    nullable: true,
    description:
      'Deletes expired datasets of the workspace now, instead of at the next scheduled cleanup; those that active runs need stay.',
  })
  async cleanupExpiredDatasets(
    @Arg('limit', () => Int, { defaultValue: 100, description: 'At most 1,000.' }) limit: number,
    @Arg('dryRun', () => Boolean, { defaultValue: false, description: 'True: only report what would be removed.' })
    dryRun: boolean,
    @Ctx() context: Context,
  ): Promise<CleanupReportType> {
    const report = await this.#expiry.cleanUp(context.caller.viewer.workspaceId, limit, dryRun);
    return { deleted: report.datasetIds.length, ...report };
  }
}
