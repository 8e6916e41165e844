import { Field, Float, Int, ObjectType } from 'type-graphql';
import { registerEnum } from './enums.ts';

export const HEALTH_STATUSES = ['UP', 'DEGRADED', 'DOWN'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];
const HealthStatusEnum = registerEnum(
  HEALTH_STATUSES,
  'HealthStatus',
  'DEGRADED: it answers, but not everything works.',
);

@ObjectType('Health')
export class HealthType {
  @Field(() => HealthStatusEnum)
  status!: HealthStatus;

  @Field(() => Float)
  uptimeSeconds!: number;

  @Field(() => HealthStatusEnum)
  database!: HealthStatus;

  @Field(() => HealthStatusEnum)
  storage!: HealthStatus;

  @Field(() => HealthStatusEnum)
  queue!: HealthStatus;

  @Field(() => String, { nullable: true, description: 'Only when signed in.' })
  version!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Live worker processes. Only when signed in and known, as the next two.',
  })
  workers!: number | null;

  @Field(() => Int, { nullable: true, description: 'Trainings that wait, of all workspaces.' })
  queuedRuns!: number | null;

  @Field(() => Int, { nullable: true, description: 'Trainings that are worked on, of all workspaces.' })
  runningRuns!: number | null;
}
