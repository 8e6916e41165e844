import { FieldResolver, Resolver, Root } from 'type-graphql';
import { DateTime } from '../../api/graphql/scalars.ts';
import type { Config } from '../../config.ts';
import { expiryFrom } from '../../datasets/time-to-live.ts';
import { BatchPredictionType } from '../../predictions/batch/batch-prediction.type.ts';

@Resolver(() => BatchPredictionType)
export class BatchExpiryResolver {
  readonly #settings: Pick<Config, 'BATCH_PREDICTION_TTL_DAYS'>;

  constructor(settings: Pick<Config, 'BATCH_PREDICTION_TTL_DAYS'>) {
    this.#settings = settings;
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: 'When it is deleted with its file; null until it has ended, and where batch predictions are kept.',
  })
  expiresAt(@Root() { finishedAt }: BatchPredictionType): Date | null {
    return finishedAt === null ? null : expiryFrom(finishedAt, this.#settings.BATCH_PREDICTION_TTL_DAYS);
  }
}
