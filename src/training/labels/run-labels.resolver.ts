import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { toRun } from '../runs/training-run.mapper.ts';
import { TrainingRunType } from '../runs/training-run.type.ts';
import { UpdateTrainingRunInput } from './run-labels.input.ts';
import type { RunLabels } from './run-labels.service.ts';

@Resolver()
export class RunLabelsResolver {
  readonly #labels: RunLabels;

  constructor(labels: RunLabels) {
    this.#labels = labels;
  }

  @Mutation(() => TrainingRunType, {
    nullable: true,
    description: 'Names and tags a run. Lists hear of it by trainingRunChanges; it is no event of the run.',
  })
  async updateTrainingRun(
    @Arg('input', () => UpdateTrainingRunInput) { id, name, tags }: UpdateTrainingRunInput,
    @Ctx() context: Context,
  ): Promise<TrainingRunType> {
    const change = { ...(name === undefined ? {} : { name }), ...(tags ? { tags } : {}) };
    return toRun(await this.#labels.change(context.caller.viewer, id, change));
  }
}
