import { ArgsType, Field, InputType, Int } from 'type-graphql';
import { registerEnum } from '../api/graphql/enums.ts';
import { DateTime } from '../api/graphql/scalars.ts';
import { DATE_ORDERS, type DateOrder } from '../runtime/values/cells.ts';
import type { ColumnKind } from '../tabular/types/column.ts';
import { ColumnKindEnum } from './dataset.type.ts';

const DateOrderEnum = registerEnum(DATE_ORDERS, 'DateOrder', 'The order of year (Y), month (M) and day (D) in a date.');

@InputType()
export class ColumnKindInput {
  @Field(() => String, { description: 'The name of the column.' })
  column!: string;

  @Field(() => ColumnKindEnum)
  kind!: ColumnKind;
}

@InputType({ description: 'How to read a CSV file; whatever is left out is detected.' })
export class CsvOptionsInput {
  @Field(() => String, { nullable: true, description: 'The character between cells, such as "," or ";".' })
  delimiter?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The character around cells that contain delimiters or line breaks; "" for none.',
  })
  quote?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The character before quotes and delimiters inside a cell, such as a backslash; "" if quotes are doubled instead.',
  })
  escape?: string | null;

  @Field(() => String, { nullable: true, description: 'The decimal mark: "." or ",".' })
  decimal?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The thousands separator, such as "," or a space.',
  })
  thousands?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The character encoding, such as "utf-8" or "windows-1252".',
  })
  encoding?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the first row holds the column names.' })
  hasHeader?: boolean | null;

  @Field(() => DateOrderEnum, {
    nullable: true,
    description: 'The order of day, month and year in dates such as 01/02/2026.',
  })
  dateOrder?: DateOrder | null;

  @Field(() => [String], { nullable: true, description: 'Texts that mean "missing", in addition to the default ones.' })
  missingTokens?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'False: NA, None and the like are labels; only empty cells and missingTokens mean "missing".',
  })
  keepDefaultMissingTokens?: boolean | null;

  @Field(() => [ColumnKindInput], {
    nullable: true,
    description: 'Kinds of columns to use instead of the detected ones.',
  })
  columnKinds?: ColumnKindInput[] | null;
}

@InputType()
export class UploadDatasetInput {
  @Field(() => String, { nullable: true, description: 'Default: the file name without its extension.' })
  name?: string | null;

  @Field(() => CsvOptionsInput, {
    nullable: true,
    description: 'How to read the file. Default: everything is detected.',
  })
  csv?: CsvOptionsInput | null;

  @Field(() => Boolean, { defaultValue: false, description: 'A pinned dataset never expires.' })
  pinned!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'Makes retries safe: the same key with the same file, name and options returns the dataset of the first upload; with anything else, IDEMPOTENCY_CONFLICT. A rejected file does not use the key up. 1 to 255 printable ASCII characters without spaces, such as a UUID. inspectDataset ignores it.',
  })
  idempotencyKey?: string | null;
}

@InputType()
export class DatasetFilter {
  @Field(() => String, { nullable: true, description: 'The exact name.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Only names that contain this text, in upper or lower case.' })
  nameContains?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Only the latest version of each name.' })
  latestOnly!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'Only datasets whose expiresAt is before this.' })
  expiringBefore?: Date | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'True: the deleted datasets that can be restored, instead of the others.',
  })
  deleted!: boolean;
}

@ArgsType()
export class ColumnPageArgs {
  @Field(() => [String], { nullable: true, description: 'Only columns with these names.' })
  names?: string[] | null;

  @Field(() => Int, { defaultValue: 0, description: 'How many columns to skip.' })
  offset!: number;

  @Field(() => Int, { defaultValue: 200, description: 'How many columns to return; at most 1,000.' })
  limit!: number;
}
