import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { registerEnum } from '../api/graphql/enums.ts';
import { Cost } from '../api/graphql/field-cost.ts';
import { NodeType } from '../api/graphql/node.ts';
import { connectionType } from '../api/graphql/pagination.ts';
import { DateTime, SafeInt } from '../api/graphql/scalars.ts';
import { TASKS, type Task } from '../ml/task.ts';
import { SEVERITIES, type Severity } from '../tabular/issues/issues.ts';
import { COLUMN_KINDS, type ColumnKind } from '../tabular/types/column.ts';
import type { ReportColumns } from './report-columns.ts';

export const TaskEnum = registerEnum(
  TASKS,
  'Task',
  'What a model predicts: labels (CLASSIFICATION) or numbers (REGRESSION).',
);
export const ColumnKindEnum = registerEnum(COLUMN_KINDS, 'ColumnKind', 'The kind of a column.', {
  NUMERIC: 'Numbers.',
  CATEGORICAL: 'Labels: texts that repeat.',
  BOOLEAN: 'Two values, such as yes and no.',
  DATETIME: 'Dates, with or without a time.',
  TEXT: 'Free text; not a feature by default.',
  IDENTIFIER: 'Values that identify rows, such as ids; not a feature by default.',
  CONSTANT: 'One value or none; not a feature by default.',
});
const SeverityEnum = registerEnum(SEVERITIES, 'Severity', 'How serious an issue is.', {
  ERROR: 'The file is not stored.',
  WARNING: 'The file is stored, but the data may be wrong.',
  INFO: 'How the file was read.',
});

@ObjectType('CsvDialect', { description: 'The format of a CSV file.' })
export class CsvDialectType {
  @Field(() => String, { description: 'The character between cells.' })
  delimiter!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The character around cells that contain delimiters or line breaks; null for none.',
  })
  quote!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The character before quotes inside cells; null if quotes are doubled instead.',
  })
  escape?: string | null;

  @Field(() => String, { description: 'The decimal mark.' })
  decimal!: string;

  @Field(() => String, { description: 'The character encoding.' })
  encoding!: string;

  @Field(() => String, { description: 'The line ending.' })
  newline!: string;

  @Field(() => Boolean, { description: 'Whether the file starts with a byte order mark.' })
  hasBom!: boolean;

  @Field(() => Boolean, { description: 'Whether the first row holds the column names.' })
  hasHeader!: boolean;
}

@ObjectType('PreviewRow')
export class PreviewRowType {
  @Field(() => SafeInt, { description: 'The line on which the row starts; the first line is 1.' })
  line!: number;

  @Cost({ items: 200 })
  @Field(() => [String], { nullable: 'items', description: 'The cells as text; null for a missing value.' })
  cells!: readonly (string | null)[];
}

@ObjectType('HistogramBin')
export class HistogramBinType {
  @Field(() => Float, { description: 'Lower bound.' })
  from!: number;

  @Field(() => Float, { description: 'Upper bound.' })
  to!: number;

  @Field(() => SafeInt, { description: 'Number of values.' })
  count!: number;
}

@ObjectType('NumericProfile')
export class NumericProfileType {
  @Field(() => Float)
  min!: number;

  @Field(() => Float)
  max!: number;

  @Field(() => Float)
  mean!: number;

  @Field(() => Float, { description: 'Sample standard deviation (n - 1).' })
  stddev!: number;

  @Field(() => Float, { description: '5th percentile.' })
  p05!: number;

  @Field(() => Float, { description: 'First quartile.' })
  p25!: number;

  @Field(() => Float)
  median!: number;

  @Field(() => Float, { description: 'Third quartile.' })
  p75!: number;

  @Field(() => Float, { description: '95th percentile.' })
  p95!: number;

  @Cost({ items: 20 })
  @Field(() => [HistogramBinType])
  histogram!: readonly HistogramBinType[];
}

@ObjectType('ValueCount')
export class ValueCountType {
  @Field(() => String)
  value!: string;

  @Field(() => SafeInt)
  count!: number;
}

@ObjectType('Column')
export class ColumnType {
  @Field(() => String)
  name!: string;

  @Field(() => Int, { description: 'Position in the file; the first column is 0.' })
  index!: number;

  @Field(() => ColumnKindEnum)
  kind!: ColumnKind;

  @Field(() => SafeInt, { description: 'Number of missing values.' })
  missing!: number;

  @Field(() => Float, { description: 'Share of missing values, 0 to 1.' })
  missingRatio!: number;

  @Field(() => SafeInt, { description: 'Number of distinct values.' })
  distinct!: number;

  @Field(() => Boolean, {
    description:
      'Above 100,000 rows: whether distinct, the quantiles and the choice of the top values are estimates, within 1 %.',
  })
  approximate!: boolean;

  @Field(() => NumericProfileType, { nullable: true, description: 'NUMERIC columns only.' })
  numeric!: NumericProfileType | null;

  /** All known values; the field of the same name returns as many as requested. */
  topValues!: readonly ValueCountType[];
}

@ObjectType('DatasetIssue', { description: 'An error, warning or note about a file.' })
export class DatasetIssueType {
  @Field(() => String, { description: 'A code from the table in docs/errors.md.' })
  code!: string;

  @Field(() => SeverityEnum)
  severity!: Severity;

  @Field(() => String)
  message!: string;

  @Field(() => String, { nullable: true, description: 'The column that it is about; null for the whole file.' })
  column!: string | null;

  @Cost({ items: 10 })
  @Field(() => [SafeInt], { description: 'Line numbers in the file, from 1; at most 10.' })
  lines!: readonly number[];

  @Field(() => String, { nullable: true, description: 'What to do about it.' })
  hint!: string | null;
}

@ObjectType('Dataset', {
  description: 'One uploaded version of a dataset; each upload under the same name is a new version.',
  implements: NodeType,
})
export class DatasetType {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Int, { description: '1, 2, 3 … per workspace and name.' })
  version!: number;

  @Field(() => Boolean, { description: 'Whether there is no newer version.' })
  isLatest!: boolean;

  @Field(() => String, { description: 'Name of the uploaded file.' })
  filename!: string;

  @Field(() => SafeInt, { description: 'Size of the uploaded file.' })
  sizeBytes!: number;

  @Field(() => String, { description: 'SHA-256 of the uploaded file, in hexadecimal.' })
  sha256!: string;

  @Field(() => SafeInt)
  rowCount!: number;

  @Field(() => Int)
  columnCount!: number;

  @Field(() => CsvDialectType, { description: 'How the file was read.' })
  dialect!: CsvDialectType;

  /** All stored preview rows, if they were read; the field of the same name returns as many as requested. */
  preview?: readonly PreviewRowType[];

  @Field(() => String, { nullable: true, description: 'The column that looks most like a target; null for none.' })
  suggestedTarget!: string | null;

  @Field(() => TaskEnum, { nullable: true, description: 'The task for the suggested target.' })
  suggestedTask!: Task | null;

  /** The issues, if they were read; otherwise the field of the same name reads them. */
  issues?: readonly DatasetIssueType[];

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Null when pinned, or when the server sets no time to live.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Null unless it has been deleted and can be restored.' })
  deletedAt!: Date | null;

  @Field(() => Boolean, { description: 'A pinned dataset never expires.' })
  pinned!: boolean;
}

@ObjectType('DatasetReport', {
  description: 'What was found in a file, even if it could not be read.',
})
export class DatasetReportType {
  @Field(() => Boolean, { description: 'Whether the file can be stored: no issue is an ERROR.' })
  accepted!: boolean;

  @Field(() => String)
  filename!: string;

  @Field(() => SafeInt)
  sizeBytes!: number;

  @Field(() => String, { nullable: true })
  sha256!: string | null;

  @Field(() => SafeInt, { nullable: true })
  rowCount!: number | null;

  @Field(() => Int, { nullable: true })
  columnCount!: number | null;

  @Field(() => CsvDialectType, { nullable: true })
  dialect!: CsvDialectType | null;

  /** The field of the same name returns the requested page. */
  columns!: ReportColumns;

  @Cost({ items: 5 })
  @Field(() => [PreviewRowType], { description: 'The first rows.' })
  preview!: readonly PreviewRowType[];

  @Cost({ items: 10 })
  @Field(() => [DatasetIssueType], { description: 'Errors, warnings and notes.' })
  issues!: readonly DatasetIssueType[];

  @Field(() => String, { nullable: true, description: 'The column that looks most like a target; null for none.' })
  suggestedTarget!: string | null;

  @Field(() => TaskEnum, { nullable: true, description: 'The task for the suggested target.' })
  suggestedTask!: Task | null;
}

@ObjectType('UploadDatasetPayload')
export class UploadDatasetPayloadType {
  @Field(() => DatasetType, { nullable: true, description: 'Null when the file was rejected; the report says why.' })
  dataset!: DatasetType | null;

  @Field(() => DatasetReportType, { description: 'What was found in the file.' })
  report!: DatasetReportType;
}

export const DatasetConnection = connectionType('Dataset', () => DatasetType);
