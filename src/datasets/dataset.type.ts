import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { registerEnum } from '../api/graphql/enums.ts';
import { Cost } from '../api/graphql/field-cost.ts';
import { connectionType } from '../api/graphql/pagination.ts';
import { DateTime, SafeInt } from '../api/graphql/scalars.ts';
import { TASKS, type Task } from '../ml/task.ts';
import { SEVERITIES, type Severity } from '../tabular/issues/issues.ts';
import { COLUMN_KINDS, type ColumnKind } from '../tabular/types/column.ts';
import type { ReportColumns } from './report-columns.ts';

export const TaskEnum = registerEnum(TASKS, 'Task', 'What a model predicts: a label or a number.');
export const ColumnKindEnum = registerEnum(
  COLUMN_KINDS,
  'ColumnKind',
  'What a column is for a person and for a model.',
);
const SeverityEnum = registerEnum(SEVERITIES, 'Severity', 'An ERROR keeps a file from being stored.');

@ObjectType('CsvDialect', { description: 'How a CSV file is written.' })
export class CsvDialectType {
  @Field(() => String)
  delimiter!: string;

  @Field(() => String, { nullable: true })
  quote!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What stands before quotes within cells; null where they are doubled.',
  })
  escape?: string | null;

  @Field(() => String)
  decimal!: string;

  @Field(() => String)
  encoding!: string;

  @Field(() => String)
  newline!: string;

  @Field(() => Boolean)
  hasBom!: boolean;

  @Field(() => Boolean)
  hasHeader!: boolean;
}

@ObjectType('PreviewRow')
export class PreviewRowType {
  @Field(() => SafeInt, { description: "The file's line on which the row begins; the first is 1." })
  line!: number;

  @Cost({ items: 200 })
  @Field(() => [String], { nullable: 'items', description: 'The cells as text; null where the value is missing.' })
  cells!: readonly (string | null)[];
}

@ObjectType('HistogramBin')
export class HistogramBinType {
  @Field(() => Float)
  from!: number;

  @Field(() => Float)
  to!: number;

  @Field(() => SafeInt)
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

  @Field(() => Float, { description: 'Of the sample (n - 1).' })
  stddev!: number;

  @Field(() => Float)
  p05!: number;

  @Field(() => Float)
  p25!: number;

  @Field(() => Float)
  median!: number;

  @Field(() => Float)
  p75!: number;

  @Field(() => Float)
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

  @Field(() => Int)
  index!: number;

  @Field(() => ColumnKindEnum)
  kind!: ColumnKind;

  @Field(() => SafeInt)
  missing!: number;

  @Field(() => Float)
  missingRatio!: number;

  @Field(() => SafeInt)
  distinct!: number;

  @Field(() => Boolean, {
    description:
      'Beyond 100,000 rows: whether distinct, the quantiles and the choice of the top values are estimates, within 1 %.',
  })
  approximate!: boolean;

  @Field(() => NumericProfileType, { nullable: true, description: 'Of NUMERIC columns only.' })
  numeric!: NumericProfileType | null;

  /** All that are known; the field of the same name gives as many as are asked for. */
  topValues!: readonly ValueCountType[];
}

@ObjectType('DatasetIssue', { description: 'Something about a file that its owner should know.' })
export class DatasetIssueType {
  @Field(() => String, { description: 'From the table in docs/errors.md.' })
  code!: string;

  @Field(() => SeverityEnum)
  severity!: Severity;

  @Field(() => String)
  message!: string;

  @Field(() => String, { nullable: true })
  column!: string | null;

  @Cost({ items: 10 })
  @Field(() => [SafeInt], { description: "The file's line numbers, the first is 1; at most 10." })
  lines!: readonly number[];

  @Field(() => String, { nullable: true })
  hint!: string | null;
}

@ObjectType('Dataset', {
  description: 'One uploaded version of a name; the next upload of that name is the next version.',
})
export class DatasetType {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Int, { description: '1, 2, 3 … per workspace and name.' })
  version!: number;

  @Field(() => Boolean)
  isLatest!: boolean;

  @Field(() => String)
  filename!: string;

  @Field(() => SafeInt)
  sizeBytes!: number;

  @Field(() => String)
  sha256!: string;

  @Field(() => SafeInt)
  rowCount!: number;

  @Field(() => Int)
  columnCount!: number;

  @Field(() => CsvDialectType)
  dialect!: CsvDialectType;

  /** All preview rows that are kept, where they were read; the field of the same name gives as many as are asked for. */
  preview?: readonly PreviewRowType[];

  @Field(() => String, { nullable: true })
  suggestedTarget!: string | null;

  @Field(() => TaskEnum, { nullable: true })
  suggestedTask!: Task | null;

  /** Where they were read; the field of the same name reads them where they were not. */
  issues?: readonly DatasetIssueType[];

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Null when pinned, or when the server sets no time to live.' })
  expiresAt!: Date | null;

  @Field(() => Boolean)
  pinned!: boolean;
}

@ObjectType('DatasetReport', {
  description: 'What could be found out about a file, also of one that could not be read.',
})
export class DatasetReportType {
  @Field(() => Boolean)
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

  /** The field of the same name gives the page that is asked for. */
  columns!: ReportColumns;

  @Cost({ items: 5 })
  @Field(() => [PreviewRowType])
  preview!: readonly PreviewRowType[];

  @Cost({ items: 10 })
  @Field(() => [DatasetIssueType])
  issues!: readonly DatasetIssueType[];

  @Field(() => String, { nullable: true })
  suggestedTarget!: string | null;

  @Field(() => TaskEnum, { nullable: true })
  suggestedTask!: Task | null;
}

@ObjectType('UploadDatasetPayload')
export class UploadDatasetPayloadType {
  @Field(() => DatasetType, { nullable: true, description: 'Null when the file was refused: the report says why.' })
  dataset!: DatasetType | null;

  @Field(() => DatasetReportType)
  report!: DatasetReportType;
}

export const DatasetConnection = connectionType('Dataset', () => DatasetType);
