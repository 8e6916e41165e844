import { FieldResolver, Resolver } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { LimitsType } from '../../api/limits/limits.type.ts';
import { ALGORITHMS, type AlgorithmName } from '../../ml/registry.ts';
import { isEnabled } from '../requests/plan-training.ts';
import { AlgorithmNameEnum } from '../runs/training-run.type.ts';

@Resolver(() => LimitsType)
export class AlgorithmLimitsResolver {
  readonly #realTraining: boolean;

  constructor(realTraining: boolean) {
    this.#realTraining = realTraining;
  }

  @Cost({ items: 5 })
  @FieldResolver(() => [AlgorithmNameEnum], { description: 'The algorithms that startTraining accepts.' })
  algorithms(): AlgorithmName[] {
    return ALGORITHMS.map(({ name }) => name).filter((name) => isEnabled(name, this.#realTraining));
  }
}
