import { Field, Float, ID, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import type { MetricName } from '../../ml/evaluation/metrics.ts';
import { MetricNameEnum } from '../../training/runs/metrics.type.ts';
import { VERDICTS, type Verdict } from './verdict.ts';

const VerdictEnum = registerEnum(VERDICTS, 'Verdict', 'How a run compares with the one before it.', {
  BETTER: 'By more than chance makes likely.',
  WORSE: 'By more than chance makes likely.',
  NO_DIFFERENCE: 'None that could not be chance.',
  UNKNOWN: 'Nothing can be said: the targets differ, or a metric or its interval is not there.',
});

@ObjectType('LatestChange', { description: 'How the newest run compares with the one before it, of the same task.' })
export class LatestChangeType {
  @Field(() => ID)
  runId!: string;

  @Field(() => ID)
  previousRunId!: string;

  @Field(() => MetricNameEnum, { description: 'The primary metric of their task.' })
  metric!: MetricName;

  @Field(() => Float, { nullable: true })
  value!: number | null;

  @Field(() => Float, { nullable: true })
  previousValue!: number | null;

  @Field(() => VerdictEnum)
  verdict!: Verdict;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True: by a paired test, as both were tested on the same rows. False: by the 95 % intervals of both. Null for UNKNOWN.',
  })
  paired!: boolean | null;
}
