import { Arg, ID, Int, Resolver, Root, Subscription } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { badInput } from '../../errors.ts';
import type { FollowedJob } from '../../jobs/live/queued-follower.ts';
import type { TrainingEventRow } from '../events/training-event.store.ts';
import { toEvent, toRun } from '../runs/training-run.mapper.ts';
import type { TrainingRunRow } from '../runs/training-run.store.ts';
import { TrainingEventType, TrainingRunChangeType, TrainingRunType } from '../runs/training-run.type.ts';
import type { LiveRuns } from './live-runs.ts';
import type { TrainingRunChange } from './run-changes.ts';

/** The sources of these subscriptions. */
export interface LiveRunSources {
  readonly liveRuns: LiveRuns;
}

/** The argument of type-graphql's `subscribe` functions: they have no resolver instance, so the source is in the context. */
interface Subscribing<Args> {
  readonly args: Args;
  readonly context: Context<LiveRunSources>;
}

@Resolver()
export class TrainingRunSubscriptions {
  @Subscription(() => TrainingRunType, {
    description: 'The run as it is now, then on every change; completes when the run has ended.',
    subscribe: ({ args, context }: Subscribing<{ runId: string }>) =>
      context.sources.liveRuns.followRun(context.caller.viewer, args.runId),
  })
  trainingProgress(
    @Root() { row, forecast }: FollowedJob<TrainingRunRow>,
    @Arg('runId', () => ID) _runId: string,
  ): TrainingRunType {
    return toRun(row, forecast);
  }

  @Subscription(() => TrainingEventType, {
    description: 'Every event after afterSeq, each once and in order; completes after the last one.',
    subscribe: ({ args, context }: Subscribing<{ runId: string; afterSeq: number }>) => {
      if (args.afterSeq < 0) throw badInput('afterSeq', `afterSeq must not be negative; got ${args.afterSeq}.`);
      return context.sources.liveRuns.followEvents(context.caller.viewer, args.runId, args.afterSeq);
    },
  })
  trainingEvents(
    @Root() event: TrainingEventRow,
    @Arg('runId', () => ID) _runId: string,
    @Arg('afterSeq', () => Int, { defaultValue: 0 }) _afterSeq: number,
  ): TrainingEventType {
    return toEvent(event);
  }

  @Subscription(() => TrainingRunChangeType, {
    description:
      'Runs of the workspace that are created, changed or deleted; at most one change per second and run. Refetch the list after a reconnect.',
    subscribe: ({ args, context }: Subscribing<{ datasetId?: string | null }>) =>
      context.sources.liveRuns.followChanges(context.caller.viewer, args.datasetId ?? null),
  })
  trainingRunChanges(
    @Root() { kind, runId, run }: TrainingRunChange,
    @Arg('datasetId', () => ID, { nullable: true }) _datasetId: string | null,
  ): TrainingRunChangeType {
    return { kind, runId, run: run && toRun(run) };
  }
}
