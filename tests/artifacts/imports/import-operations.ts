import type { ForeignModelFormat } from '../../../src/ml/foreign/foreign-model.ts';
import { readForeignModel } from '../../../src/ml/foreign/read-foreign-model.ts';
import { readExpected, referenceBytes, referenceTable, unpack } from '../../ml/foreign/reference-rows.ts';
import type { TestClient } from '../../support/test-client.ts';

export const IMPORT = `mutation ($file: Upload!, $input: ImportModelInput!) {
  importModel(file: $file, input: $input) {
    artifact { id runId sha256 importedFrom labels inputs { name kind } run { id status name importedFrom datasetId } }
    report { code severity message column hint }
  }
}`;

export interface ImportedArtifact {
  readonly id: string;
  readonly runId: string;
  readonly sha256: string;
  readonly importedFrom: string;
  readonly labels: readonly string[] | null;
  readonly inputs: readonly { readonly name: string; readonly kind: string }[];
  readonly run: {
    readonly id: string;
    readonly status: string;
    readonly name: string;
    readonly importedFrom: string;
    readonly datasetId: string;
  };
}

export interface ImportPayload {
  readonly artifact: ImportedArtifact | null;
  readonly report: readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
    readonly column: string | null;
  }[];
}

/** A file of a model that another library has made, as a form takes it. */
export function modelFile(name: string): { name: string; content: Uint8Array<ArrayBuffer> } {
  return { name, content: new Uint8Array(referenceBytes(name)) };
}

/** What the importing of a reference model gives. */
export async function importReference(client: TestClient, file: string, input: object): Promise<ImportPayload> {
  const { importModel } = await client.executeWithFile<{ importModel: ImportPayload }>(IMPORT, modelFile(file), {
    input: { format: formatOf(file), name: file, target: 'y', ...input },
  });
  return importModel;
}

/** The same, of a model that must be accepted. */
export async function importAccepted(client: TestClient, file: string, input: object): Promise<ImportedArtifact> {
  const { artifact, report } = await importReference(client, file, input);
  if (artifact === null) throw new Error(`The file was refused: ${JSON.stringify(report)}`);
  return artifact;
}

function formatOf(file: string): ForeignModelFormat {
  if (file.endsWith('.txt')) return 'LIGHTGBM_TEXT';
  return file.endsWith('.ubj') ? 'XGBOOST_UBJ' : 'XGBOOST_JSON';
}

/** The first rows that the library predicted, and what it said of them: so many numbers of each row. */
export function referenceRows(file: string, count: number) {
  const name = file.replace(/\.[a-z]+$/, '');
  const table = referenceTable(readExpected(name));
  const predictions = unpack(readExpected(name).predictions);
  const width = predictions.length / table.rowCount;
  const { features } = readForeignModel(formatOf(file), referenceBytes(file));
  const rows = Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      table.columns.map((column, c) => {
        const value = column.storage === 'number' ? column.values[row]! : Number.NaN;
        const texts = features[c]!.categories;
        return [column.name, Number.isNaN(value) ? null : (texts?.[value] ?? value)];
      }),
    ),
  );
  return {
    rows,
    outputs: Array.from({ length: count }, (_, row) => [...predictions.subarray(row * width, (row + 1) * width)]),
  };
}

/** The columns of codes as texts, in the order of the codes. */
export function withTexts(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const text = (column: string) =>
    typeof row[column] === 'number' ? `${column}${String(row[column]).padStart(2, '0')}` : null;
  return { ...row, d: text('d'), e: text('e') };
}

/** A CSV file of rows. */
export function csvOf(rows: readonly Readonly<Record<string, string | number | boolean | null | undefined>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  return `${[columns, ...rows.map((row) => columns.map((name) => String(row[name] ?? '')))].map((cells) => cells.join(',')).join('\n')}\n`;
}

export interface JsonPrediction {
  readonly label: string | null;
  readonly value: number | null;
  readonly probabilities: readonly { readonly label: string; readonly probability: number }[] | null;
}

export async function predict(
  client: TestClient,
  artifactId: string,
  rows: readonly object[],
): Promise<readonly JsonPrediction[]> {
  const { predict: result } = await client.execute<{ predict: { predictions: readonly JsonPrediction[] } }>(
    `query ($artifactId: ID!, $rows: [JSONObject!]!) { predict(artifactId: $artifactId, rows: $rows) {
       predictions { label value probabilities { label probability } } } }`,
    { artifactId, rows },
  );
  return result.predictions;
}

/** What a prediction says, as the library writes it: the value, the probability of the second of two labels, or one for each. */
export function outputsOf(
  { value, probabilities }: JsonPrediction,
  labels: readonly string[] | null,
  width: number,
): number[] {
  if (probabilities === null || labels === null) return [value ?? Number.NaN];
  const ofLabel = new Map(probabilities.map(({ label, probability }) => [label, probability]));
  const all = labels.map((label) => ofLabel.get(label) ?? 0);
  return width === 1 ? all.slice(1) : all;
}

/** The largest difference of predictions, of numbers above 1 as a share of them. */
export function largestDifference(ours: readonly number[][], theirs: readonly number[][]): number {
  let largest = ours.length === theirs.length ? 0 : Number.POSITIVE_INFINITY;
  for (const [row, numbers] of theirs.entries()) {
    for (const [k, number] of numbers.entries()) {
      largest = Math.max(largest, Math.abs((ours[row]?.[k] ?? Number.NaN) - number) / Math.max(1, Math.abs(number)));
    }
  }
  return largest;
}
