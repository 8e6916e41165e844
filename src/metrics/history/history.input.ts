import { Field, InputType } from 'type-graphql';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import type { Task } from '../../ml/task.ts';
import { AlgorithmNameEnum } from '../../training/runs/training-run.type.ts';

@InputType()
export class MetricsFilter {
  @Field(() => TaskEnum, { nullable: true })
  task?: Task | null;

  @Field(() => String, { nullable: true, description: 'The exact name; runs on all of its versions count.' })
  datasetName?: string | null;

  @Field(() => AlgorithmNameEnum, { nullable: true })
  algorithm?: AlgorithmName | null;
}
