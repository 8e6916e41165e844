import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { BatchedLookup } from '../api/batched-lookup.ts';
import type { Context } from '../api/context.ts';
import type { Evaluation } from '../ml/evaluation/evaluation.ts';
import { EvaluationType, toEvaluation } from './evaluation.type.ts';
import { TrainingRunType } from './training-run.type.ts';

/** The field of a run that tells what its test showed. */
@Resolver(() => TrainingRunType)
export class RunEvaluationResolver {
  readonly #evaluations: BatchedLookup<Evaluation>;

  constructor(evaluations: BatchedLookup<Evaluation>) {
    this.#evaluations = evaluations;
  }

  @FieldResolver(() => EvaluationType, { nullable: true, description: 'Null until SUCCEEDED.' })
  async evaluation(@Root() { id, metrics }: TrainingRunType, @Ctx() context: Context): Promise<EvaluationType | null> {
    const evaluation = metrics === null ? null : await this.#evaluations.load(context, id);
    return evaluation && toEvaluation(evaluation);
  }
}
