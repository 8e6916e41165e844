import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import type { RunArchive } from './run-archive.service.ts';
import { toRun } from './to-training-run.ts';
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
      'Puts a run that has ended away, out of the lists and of the history, or takes it out again. Its model, its metrics and its events stay as they are.',
  })
  async archiveTrainingRun(
    @Arg('id', () => ID) id: string,
    @Arg('archived', () => Boolean, { defaultValue: true }) archived: boolean,
    @Ctx() context: Context,
  ): Promise<TrainingRunType> {
    return toRun(await this.#archive.setArchived(context.caller.viewer, id, archived));
  }
}
