import { Arg, Query, Resolver } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import { ALGORITHMS } from '../../ml/registry.ts';
import type { Task } from '../../ml/task.ts';
import { defaultAlgorithm, isEnabled } from '../requests/plan-training.ts';
import { AlgorithmType } from './algorithm.type.ts';

@Resolver()
export class AlgorithmResolver {
  readonly #realTraining: boolean;

  constructor(realTraining: boolean) {
    this.#realTraining = realTraining;
  }

  @Cost({ items: 5 })
  @Query(() => [AlgorithmType], { nullable: true, description: 'The algorithms of this server, with all parameters.' })
  algorithms(@Arg('task', () => TaskEnum, { nullable: true }) task: Task | null): AlgorithmType[] {
    return ALGORITHMS.filter(({ tasks }) => !task || tasks.includes(task)).map((algorithm) => ({
      ...algorithm,
      enabled: isEnabled(algorithm.name, this.#realTraining),
      isDefault: algorithm.name === defaultAlgorithm(this.#realTraining),
      parameters: algorithm.parameters.map((spec) => ({
        ...spec,
        default: spec.default === null ? null : String(spec.default),
      })),
    }));
  }
}
