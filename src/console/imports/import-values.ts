import type { ForeignModelFormat, ImportModelInput, Task } from '../../client/core/index.ts';
import type { DatasetRowFragment } from '../gql/graphql.ts';

/** What the form needs to know of a dataset. */
export type ImportDataset = Pick<DatasetRowFragment, 'id' | 'name' | 'version' | 'columnCount' | 'suggestedTarget'>;

/** The fields that show their own errors. */
export const IMPORT_FIELDS = ['file', 'format', 'name', 'datasetId', 'target', 'task', 'labels', 'features'] as const;

/** What is wrong, by field, with what can be done. */
export interface FieldMessages {
  readonly of: (field: (typeof IMPORT_FIELDS)[number]) => string | null;
  readonly others: readonly string[];
}

/** What the form to import a model holds. */
export interface ImportValues {
  readonly file: File | null;
  readonly format: ForeignModelFormat;
  readonly name: string;
  /** Empty: none. */
  readonly datasetId: string;
  readonly target: string;
  readonly task: Task;
  /** One label a line, that of class 0 first. */
  readonly labels: string;
  /** What the file calls the inputs; null where it does not tell. */
  readonly inputNames: readonly string[] | null;
  /** The columns that other names were chosen for, by the names of the inputs. */
  readonly columnsByInput: Readonly<Record<string, string>>;
  /** One column a line, where the file names no inputs. */
  readonly columns: string;
}

/** What importModel is to be asked; what has its default is left out. */
export function toImportInput(values: ImportValues): Omit<ImportModelInput, 'idempotencyKey'> {
  const { format, name, datasetId, target, task } = values;
  const labels = task === 'CLASSIFICATION' ? linesOf(values.labels) : [];
  const features = featuresOf(values);
  return {
    ...{ format, target, task, name: name.trim() },
    ...(datasetId === '' ? {} : { datasetId }),
    ...(labels.length === 0 ? {} : { labels }),
    ...(features === null ? {} : { features }),
  };
}

/** Null: as the file names them. */
function featuresOf({ inputNames, columnsByInput, columns, datasetId }: ImportValues): string[] | null {
  if (inputNames === null) {
    const lines = linesOf(columns);
    return lines.length === 0 ? null : lines;
  }
  const chosen = inputNames.map((name) => columnsByInput[name] || name);
  return datasetId === '' || chosen.every((name, index) => name === inputNames[index]) ? null : chosen;
}

/** The lines that are not empty. */
function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}
