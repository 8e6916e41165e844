import type { GraphQLField } from 'graphql';
import { Extensions } from 'type-graphql';

/**
 * What a field costs in the count of an operation's values, where that is not one value for each that is selected. A list whose
 * length an argument says (`first`, `limit`, `rows`, `maxPoints`) needs no cost.
 */
export interface FieldCost {
  /** How many items a list has: the most that there can be, or as many as are usual where only the file sets a bound. */
  readonly items?: number;
  /**
   * A fixed number of values, whatever is selected: for fields that are expensive to read or compute, or large by
   * themselves. A matrix has up to 250,000 counts, which are serialized faster than other values: an operation may contain
   * three. A curve is downsampled from all of its points, however few are requested. The about 20 metrics of a comparison
   * are tested together. A download URL is signed.
   */
  readonly weight?: number;
  /** Additional values per item, for items that are read completely whatever is selected. */
  readonly itemWeight?: number;
  /** The field is no list: its argument says how long the list within is that `hasPageOfFieldAbove`. */
  readonly isPageOfListWithin?: boolean;
  readonly hasPageOfFieldAbove?: boolean;
  /** For root fields: guessing passwords by the hundred in one request would pass every limit that counts requests. */
  readonly isOncePerOperation?: boolean;
}

const FREE: FieldCost = {};

/** Says what a field costs; tests/api/limits/field-costs holds that every list has a length. */
export function Cost(cost: FieldCost): ReturnType<typeof Extensions> {
  return Extensions({ cost });
}

/** What was said of a field by `Cost`. */
export function costOf(field: Pick<GraphQLField<unknown, unknown>, 'extensions'> | undefined): FieldCost {
  // Only Cost writes it.
  return (field?.extensions['cost'] as FieldCost | undefined) ?? FREE;
}
