import { Field, Float, Int, ObjectType } from 'type-graphql';
import { FAULT_REASONS, type FaultReason } from '../../platform/fault.ts';
import { registerEnum } from '../graphql/enums.ts';
import { Cost } from '../graphql/field-cost.ts';

export const HEALTH_STATUSES = ['UP', 'DEGRADED', 'DOWN'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];
const HealthStatusEnum = registerEnum(
  HEALTH_STATUSES,
  'HealthStatus',
  'DEGRADED: it answers, but not everything works.',
);

const HealthReasonEnum = registerEnum(
  Object.keys(FAULT_REASONS) as FaultReason[],
  'HealthReason',
  'Why a part cannot do its work. docs/metrics.md says what each means.',
);

@ObjectType('HealthFault')
export class HealthFaultType {
  @Field(() => String, { description: '`database`, `storage` or `queue`.' })
  part!: string;

  @Field(() => HealthReasonEnum)
  reason!: FaultReason;
}

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

  @Cost({ items: 5 })
  @Field(() => [HealthFaultType], { description: 'The parts that are not UP, and why.' })
  faults!: HealthFaultType[];

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
