import { Arg, FieldResolver, Float, Resolver, Root } from 'type-graphql';
import { ThresholdPointType } from './evaluation.type.ts';

/** The field `cost` of a threshold. */
@Resolver(() => ThresholdPointType)
export class ThresholdCostResolver {
  @FieldResolver(() => Float, {
    description: 'What all errors at this threshold cost together, by the cost of one of each kind.',
  })
  cost(
    @Root() { falsePositives, falseNegatives }: ThresholdPointType,
    @Arg('falsePositive', () => Float, { defaultValue: 1 }) falsePositive: number,
    @Arg('falseNegative', () => Float, { defaultValue: 1 }) falseNegative: number,
  ): number {
    return falsePositives * falsePositive + falseNegatives * falseNegative;
  }
}
