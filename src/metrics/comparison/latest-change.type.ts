import { Field, Float, ID, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import type { MetricName } from '../../ml/evaluation/metrics.ts';
import { MetricNameEnum } from '../../training/runs/metrics.type.ts';
import { VERDICTS, type Verdict } from './verdict.ts';

const VerdictEnum = registerEnum(VERDICTS, 'Verdict', 'How a run compares with the one before it.', {
  BETTER: 'Significantly.',
  WORSE: 'Significantly.',
  NO_DIFFERENCE: 'No significant difference.',
  UNKNOWN: 'Cannot be determined: the targets differ, or a metric or its interval is missing.',
});

@ObjectType('LatestChange', { description: 'How the newest run compares with the previous run of the same task.' })
export class LatestChangeType {
  @Field(() => ID, { description: 'The newest run.' })
  runId!: string;

  @Field(() => ID, { description: 'The run before it.' })
  previousRunId!: string;

  @Field(() => MetricNameEnum, { description: 'The primary metric of the task.' })
  metric!: MetricName;

  @Field(() => Float, { nullable: true })
  value!: number | null;

  @Field(() => Float, { nullable: true })
  previousValue!: number | null;

  @Field(() => VerdictEnum, { description: 'Whether the newest run is better or worse.' })
  verdict!: Verdict;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True: by a paired test on the same test rows. False: by comparing the 95 % confidence intervals. Null for UNKNOWN.',
  })
  paired!: boolean | null;
}
