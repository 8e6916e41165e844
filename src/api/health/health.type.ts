import { Field, Float, Int, ObjectType } from 'type-graphql';
import { FAULT_REASONS, type FaultReason } from '../../platform/fault.ts';
import { registerEnum } from '../graphql/enums.ts';
import { Cost } from '../graphql/field-cost.ts';

export const HEALTH_STATUSES = ['UP', 'DEGRADED', 'DOWN'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];
const HealthStatusEnum = registerEnum(
  HEALTH_STATUSES,
  'HealthStatus',
  'The health of the server or of one of its parts.',
  {
    UP: 'Everything works.',
    DEGRADED: 'The API works, but storage or the queue does not.',
    DOWN: 'It does not work.',
  },
);

const HealthReasonEnum = registerEnum(
  Object.keys(FAULT_REASONS) as FaultReason[],
  'HealthReason',
  'Why a part does not work. docs/metrics.md lists the reasons.',
  FAULT_REASONS,
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
  @Field(() => HealthStatusEnum, {
    description: 'UP, or DEGRADED when only storage or the queue fails, or DOWN when the database fails.',
  })
  status!: HealthStatus;

  @Field(() => Float, { description: 'How long this process has been running.' })
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

  @Field(() => String, { nullable: true, description: 'The version of the server; only when signed in.' })
  version!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Number of live worker processes; only when signed in and known, like the next two fields.',
  })
  workers!: number | null;

  @Field(() => Int, { nullable: true, description: 'Number of queued runs, of all workspaces.' })
  queuedRuns!: number | null;

  @Field(() => Int, { nullable: true, description: 'Number of running runs, of all workspaces.' })
  runningRuns!: number | null;
}
