import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import type { FollowedJob } from '../../jobs/live/queued-follower.ts';
import { toBatchPrediction } from './batch-prediction.mapper.ts';
import type { BatchRow } from './batch-prediction.store.ts';
import { BatchPredictionType } from './batch-prediction.type.ts';
import type { LiveBatches } from './live-batches.ts';

/** The sources of these subscriptions. */
export interface LiveBatchSources {
  readonly liveBatches: LiveBatches;
}

/** The argument of type-graphql's `subscribe` functions: they have no resolver instance, so the source is in the context. */
interface Subscribing<Args> {
  readonly args: Args;
  readonly context: Context<LiveBatchSources>;
}

@Resolver()
export class BatchPredictionSubscriptions {
  @Subscription(() => BatchPredictionType, {
    description: 'The batch prediction as it is now, then on every change; completes when it has ended.',
    subscribe: ({ args, context }: Subscribing<{ id: string }>) =>
      context.sources.liveBatches.follow(context.caller.viewer, args.id),
  })
  batchPredictionProgress(
    @Root() { row, forecast }: FollowedJob<BatchRow>,
    @Arg('id', () => ID) _id: string,
  ): BatchPredictionType {
    return toBatchPrediction(row, forecast);
  }
}
