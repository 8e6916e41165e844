import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { Context } from '../api/graphql/context.ts';
import { Cost } from '../api/graphql/field-cost.ts';
import { JSONObject } from '../api/graphql/scalars.ts';
import { oneModel } from '../artifacts/aliases/model-alias.service.ts';
import type { AskedModels } from './asked-models.ts';
import type { JsonRow } from './check-rows.ts';
import { toPredictionResult } from './prediction.mapper.ts';
import type { PredictionService } from './prediction.service.ts';
import { PredictionResultType } from './prediction.type.ts';

@Resolver()
export class PredictionResolver {
  readonly #predictions: PredictionService;
  readonly #models: AskedModels;

  constructor(predictions: PredictionService, models: AskedModels) {
    this.#predictions = predictions;
    this.#models = models;
  }

  @Cost({ isPageOfListWithin: true })
  @Query(() => PredictionResultType, {
    nullable: true,
    description:
      'What a model says of rows that were not in its dataset. Every feature of the model must be there, if only as null; texts are read as the cells of the training file were.',
  })
  async predict(
    @Arg('artifactId', () => ID, { nullable: true, description: 'The model; or else name an alias.' })
    artifactId: string | null | undefined,
    @Arg('alias', () => String, { nullable: true, description: 'The alias of a model: see setModelAlias.' })
    alias: string | null | undefined,
    @Arg('rows', () => [JSONObject], { description: 'Values by the names of the columns; at most 1,000 rows.' })
    rows: JsonRow[],
    @Ctx() context: Context,
  ): Promise<PredictionResultType> {
    const { viewer } = context.caller;
    const model = oneModel(artifactId ?? null, alias ?? null);
    const id = 'id' in model ? model.id : await this.#models.resolve(viewer, model.alias);
    return toPredictionResult(id, rows, await this.#predictions.predict(viewer, id, rows));
  }
}
