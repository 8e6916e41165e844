import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { StartTrainingInput } from '../runs/training-run.input.ts';
import { toRun } from '../runs/training-run.mapper.ts';
import { TrainingRunType } from '../runs/training-run.type.ts';
import type { TrainingParams } from './plan-training.ts';
import type { RunRequests } from './run-requests.service.ts';

@Resolver()
export class RunRequestResolver {
  readonly #requests: RunRequests;

  constructor(requests: RunRequests) {
    this.#requests = requests;
  }

  @Mutation(() => TrainingRunType, { nullable: true, description: 'Queues a training, which a worker then runs.' })
  async startTraining(
    @Arg('input', () => StartTrainingInput) input: StartTrainingInput,
    @Ctx() context: Context,
  ): Promise<TrainingRunType> {
    const key = input.idempotencyKey ?? null;
    return toRun(await this.#requests.start(context.caller.viewer, toParams(input), key));
  }

  @Mutation(() => TrainingRunType, {
    nullable: true,
    description:
      'Cancels the training within a second; nothing is kept. Idempotent; RUN_ALREADY_ENDED if the run ended in another way.',
  })
  async cancelTraining(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<TrainingRunType> {
    return toRun(await this.#requests.cancel(context.caller.viewer, id));
  }

  @Mutation(() => TrainingRunType, {
    nullable: true,
    description:
      'Stops the training early, evaluates and keeps the best model so far, with the endReason STOPPED. A queued run without a checkpoint is cancelled. Idempotent; RUN_ALREADY_ENDED if the run ended in another way.',
  })
  async stopTraining(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<TrainingRunType> {
    return toRun(await this.#requests.stop(context.caller.viewer, id));
  }

  @Mutation(() => TrainingRunType, {
    nullable: true,
    description:
      'Queues a new run with the settings of one that has ended; its retryOf is that run. Idempotent: retrying the same run again returns the run already made.',
  })
  async retryTraining(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<TrainingRunType> {
    return toRun(await this.#requests.retry(context.caller.viewer, id));
  }
}

function toParams({
  datasetId,
  target,
  task,
  algorithm,
  features,
  parameters,
  ...input
}: StartTrainingInput): TrainingParams {
  const { split } = input;
  return {
    datasetId,
    target: target ?? null,
    task: task ?? null,
    algorithm: algorithm ?? null,
    features: features ?? null,
    parameters: { ...parameters },
    positiveClass: input.positiveClass ?? null,
    plan: input.plan ?? null,
    refit: input.refit ?? false,
    monotone: (input.monotone ?? []).map(({ column, direction }) => ({ column, direction })),
    weightColumn: input.weightColumn ?? null,
    engine: input.engine ?? null,
    name: input.name ?? null,
    tags: input.tags ?? null,
    split: {
      strategy: split?.strategy ?? 'RANDOM',
      testFraction: split?.testFraction ?? 0.2,
      column: split?.column ?? null,
      seed: split?.seed ?? 0,
    },
  };
}
