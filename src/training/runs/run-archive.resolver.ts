import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import type { RunArchive } from './run-archive.service.ts';
import { toRun } from './training-run.mapper.ts';
import { TrainingRunType } from './training-run.type.ts';

@Resolver()
export class RunArchiveResolver {
  readonly #archive: RunArchive;

  constructor(archive: RunArchive) {
    this.#archive = archive;
  }

  @Mutation(() => TrainingRunType, {
    nullable: true,
    description:
      'Archives a run that has ended, which removes it from lists and from the history, or restores it. Its model, metrics and events stay.',
  })
  async archiveTrainingRun(
    @Arg('id', () => ID) id: string,
    @Arg('archived', () => Boolean, { defaultValue: true }) archived: boolean,
    @Ctx() context: Context,
  ): Promise<TrainingRunType> {
    return toRun(await this.#archive.setArchived(context.caller.viewer, id, archived));
  }
}
