import { Field, InputType } from 'type-graphql';
import { TaskEnum } from '../datasets/dataset.type.ts';
import type { AlgorithmName } from '../ml/registry.ts';
import type { Task } from '../ml/task.ts';
import { AlgorithmNameEnum } from '../training/runs/training-run.type.ts';

@InputType()
export class ArtifactFilter {
  @Field(() => String, { nullable: true })
  datasetName?: string | null;

  @Field(() => TaskEnum, { nullable: true })
  task?: Task | null;

  @Field(() => AlgorithmNameEnum, { nullable: true })
  algorithm?: AlgorithmName | null;
}
