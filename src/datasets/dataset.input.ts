import { ArgsType, Field, InputType, Int } from 'type-graphql';
import { registerEnum } from '../api/graphql/enums.ts';
import { DATE_ORDERS, type DateOrder } from '../runtime/values/cells.ts';
import type { ColumnKind } from '../tabular/types/column.ts';
import { ColumnKindEnum } from './dataset.type.ts';

const DateOrderEnum = registerEnum(DATE_ORDERS, 'DateOrder', 'How the parts of a date follow each other.');

@InputType()
export class ColumnKindInput {
  @Field(() => String)
  column!: string;

  @Field(() => ColumnKindEnum)
  kind!: ColumnKind;
}

@InputType({ description: 'How to read a CSV file; what is left out is found by looking.' })
export class CsvOptionsInput {
  @Field(() => String, { nullable: true })
  delimiter?: string | null;

  @Field(() => String, { nullable: true })
  quote?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The character before quotes and delimiters that belong to a cell, such as a backslash; "" where quotes are only doubled.',
  })
  escape?: string | null;

  @Field(() => String, { nullable: true })
  decimal?: string | null;

  @Field(() => String, { nullable: true })
  thousands?: string | null;

  @Field(() => String, { nullable: true })
  encoding?: string | null;

  @Field(() => Boolean, { nullable: true })
  hasHeader?: boolean | null;

  @Field(() => DateOrderEnum, { nullable: true })
  dateOrder?: DateOrder | null;

  @Field(() => [String], { nullable: true, description: 'Texts that mean "missing", beside the usual ones.' })
  missingTokens?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'False: NA, None and the like are labels; only empty cells and missingTokens mean "missing".',
  })
  keepDefaultMissingTokens?: boolean | null;

  @Field(() => [ColumnKindInput], { nullable: true })
  columnKinds?: ColumnKindInput[] | null;
}

@InputType()
export class UploadDatasetInput {
  @Field(() => String, { nullable: true, description: "Default: the file's name without its ending." })
  name?: string | null;

  @Field(() => CsvOptionsInput, { nullable: true })
  csv?: CsvOptionsInput | null;

  @Field(() => Boolean, { defaultValue: false, description: 'A pinned dataset never expires.' })
  pinned!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'Makes a retried upload one version: the same key with the same file, name and options gives the dataset that the first one made, anything else IDEMPOTENCY_CONFLICT. A refused file does not use it up. 1 to 255 characters of ASCII without a space, such as a UUID; inspectDataset does without.',
  })
  idempotencyKey?: string | null;
}

@InputType()
export class DatasetFilter {
  @Field(() => String, { nullable: true, description: 'The exact name.' })
  name?: string | null;

  @Field(() => Boolean, { defaultValue: false })
  latestOnly!: boolean;
}

@ArgsType()
export class ColumnPageArgs {
  @Field(() => [String], { nullable: true })
  names?: string[] | null;

  @Field(() => Int, { defaultValue: 0 })
  offset!: number;

  @Field(() => Int, { defaultValue: 200 })
  limit!: number;
}
