import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { BatchLoader } from '../../api/graphql/batch-loader.ts';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { isEnded } from '../../jobs/job-status.ts';
import type { CandidateReport } from '../../ml/auto/candidate.ts';
import type { TrainingRunService } from '../runs/training-run.service.ts';
import { TrainingRunType } from '../runs/training-run.type.ts';
import { toLeaderboard } from './candidate.mapper.ts';
import { CandidateType } from './candidate.type.ts';

/** The field `leaderboard` of a run. */
@Resolver(() => TrainingRunType)
export class LeaderboardResolver {
  readonly #candidates: BatchLoader<string, readonly CandidateReport[]>;

  constructor(runs: TrainingRunService) {
    this.#candidates = new BatchLoader((viewer, runIds) => runs.candidates(viewer, runIds));
  }

  @Cost({ items: 40 })
  @FieldResolver(() => [CandidateType], {
    nullable: true,
    description:
      'AUTO: the models that it tries, best first, while it works and afterwards; at most 100. Null for other algorithms.',
  })
  async leaderboard(
    @Root() { id, algorithm, status }: TrainingRunType,
    @Ctx() context: Context,
  ): Promise<CandidateType[] | null> {
    if (algorithm !== 'AUTO') return null;
    return toLeaderboard(id, await this.#candidates.load(context, id), isEnded(status));
  }
}
