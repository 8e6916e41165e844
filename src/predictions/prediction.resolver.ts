import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { Context } from '../api/graphql/context.ts';
import { Cost } from '../api/graphql/field-cost.ts';
import { JSONObject } from '../api/graphql/scalars.ts';
import { badInput } from '../errors.ts';
import type { JsonRow } from './check-rows.ts';
import { toPredictionResult } from './prediction.mapper.ts';
import type { PredictionService } from './prediction.service.ts';
import { PredictionResultType } from './prediction.type.ts';

@Resolver()
export class PredictionResolver {
  readonly #predictions: PredictionService;

  constructor(predictions: PredictionService) {
    this.#predictions = predictions;
  }

  @Cost({ isPageOfListWithin: true })
  @Query(() => PredictionResultType, {
    nullable: true,
    description:
      'What a model says of rows that were not in its dataset. Every feature of the model must be there, if only as null; texts are read as the cells of the training file were.',
  })
  async predict(
    @Arg('artifactId', () => ID, { nullable: true, description: 'The model.' }) artifactId: string | null | undefined,
    @Arg('rows', () => [JSONObject], { description: 'Values by the names of the columns; at most 1,000 rows.' })
    rows: JsonRow[],
    @Ctx() context: Context,
  ): Promise<PredictionResultType> {
    if (artifactId === null || artifactId === undefined) throw badInput('artifactId', 'Say which model is to predict.');
    return toPredictionResult(
      artifactId,
      rows,
      await this.#predictions.predict(context.caller.viewer, artifactId, rows),
    );
  }
}
