import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { BatchLookup } from '../../api/graphql/batch-lookup.ts';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { TrainingRunType } from '../runs/training-run.type.ts';
import { toEvaluation } from './evaluation.mapper.ts';
import { EvaluationType } from './evaluation.type.ts';
import type { EvaluationRow } from './training-evaluation.store.ts';

/** The field `evaluation` of a run. */
@Resolver(() => TrainingRunType)
export class RunEvaluationResolver {
  readonly #evaluations: BatchLookup<Pick<EvaluationRow, 'evaluation'>>;

  constructor(evaluations: BatchLookup<Pick<EvaluationRow, 'evaluation'>>) {
    this.#evaluations = evaluations;
  }

  @Cost({ weight: 100 })
  @FieldResolver(() => EvaluationType, { nullable: true, description: 'Null until SUCCEEDED.' })
  async evaluation(@Root() { id, metrics }: TrainingRunType, @Ctx() context: Context): Promise<EvaluationType | null> {
    const row = metrics === null ? null : await this.#evaluations.load(context, id);
    return row && toEvaluation(row.evaluation);
  }
}
