import { FieldResolver, Resolver, Root } from 'type-graphql';
import { Cost } from '../../../api/graphql/field-cost.ts';
import { HealthType } from '../../../api/health/health.type.ts';
import { AlgorithmType } from '../../algorithms/algorithm.type.ts';
import type { TrainingEngine } from '../engine.ts';
import { type LiveHosts, missingHosts } from './live-hosts.ts';
import { TrainingEngineEnum, TrainingHostType } from './training-host.type.ts';

/** More are not listed. */
const MAX_HOSTS = 1_000;

@Resolver(() => HealthType)
export class HealthHostsResolver {
  readonly #hosts: Pick<LiveHosts, 'list'>;

  constructor(hosts: Pick<LiveHosts, 'list'>) {
    this.#hosts = hosts;
  }

  @Cost({ items: 20 })
  @FieldResolver(() => [TrainingHostType], {
    nullable: true,
    description:
      'The live hosts that offer to take part in trainings on several hosts, the first 1,000; only when signed in.',
  })
  async hosts(@Root() health: HealthType): Promise<TrainingHostType[] | null> {
    // The version is shown to whoever is signed in, while the database works.
    return health.version === null ? null : (await this.#hosts.list()).slice(0, MAX_HOSTS);
  }
}

@Resolver(() => AlgorithmType)
export class AlgorithmEnginesResolver {
  readonly #hosts: Pick<LiveHosts, 'list'>;

  constructor(hosts: Pick<LiveHosts, 'list'>) {
    this.#hosts = hosts;
  }

  @Cost({ items: 2 })
  @FieldResolver(() => [TrainingEngineEnum], {
    description: 'What can train it now; DISTRIBUTED only while enough hosts live.',
  })
  async engines(@Root() { name }: AlgorithmType): Promise<TrainingEngine[]> {
    const isDistributed = name === 'GRADIENT_BOOSTING' && missingHosts(await this.#hosts.list()) === null;
    return isDistributed ? ['LOCAL', 'DISTRIBUTED'] : ['LOCAL'];
  }
}
