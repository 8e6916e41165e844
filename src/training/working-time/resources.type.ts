import { Field, Float, ObjectType } from 'type-graphql';
import { SafeInt } from '../../api/graphql/scalars.ts';

@ObjectType('Resources', { description: 'The resources that a run has used.' })
export class ResourcesType {
  @Field(() => Float, { description: 'CPU time of all threads.' })
  cpuSeconds!: number;

  @Field(() => SafeInt, { description: 'Peak memory of the worker process during the run.' })
  peakMemoryBytes!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Dataset rows per second of training; null until SUCCEEDED.',
  })
  rowsPerSecond!: number | null;
}
