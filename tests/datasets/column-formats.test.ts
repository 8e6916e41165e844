import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { createRowPredictor } from '../../src/runtime/predict/predict-row.ts';
import { currentReading } from '../../src/runtime/values/cells.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { expectError } from '../support/expect-error.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.close());

test('the formats of numbers and dates are stored with each column', async () => {
  const rows = Array.from({ length: 40 }, (_, row) => {
    const day = String((row % 28) + 1).padStart(2, '0');
    return `${day}/03/2024;1.234.${String(500 + row)},5;${row}.5;${row % 3 === 0 ? 'red' : 'blue'}`;
  });
  const client = await server.signUp();
  const file = { name: 'formats.csv', content: `day;grouped;plain;colour\n${rows.join('\n')}\n` };
  const { id } = await uploadDataset(client, file, { csv: { decimal: '.' } });
  const columns = await server.database.owner`
    select name, kind, date_order, number_format from dataset_columns where dataset_id = ${id} order by index`;
  expect(columns).toEqual([
    { name: 'day', kind: 'DATETIME', date_order: 'DMY', number_format: null },
    { name: 'grouped', kind: 'NUMERIC', date_order: null, number_format: { decimal: ',', thousands: '.' } },
    { name: 'plain', kind: 'NUMERIC', date_order: null, number_format: { decimal: '.', thousands: '' } },
    { name: 'colour', kind: 'CATEGORICAL', date_order: null, number_format: null },
  ]);
});

test('a model reads new rows in the format of its file: local numbers, dates, and the user’s own missing tokens', async () => {
  // Sales follow the weekday; where nobody counted the visitors there is a note instead of a number.
  const rows = Array.from({ length: 400 }, (_, row) => {
    const day = new Date(Date.UTC(2024, 0, 1 + row));
    const written = `${day.getUTCDate()}/${day.getUTCMonth() + 1}/${day.getUTCFullYear()}`;
    const visitors = row % 7 === 3 ? 'uncounted' : `${1 + (row % 5)}.${String(100 + ((row * 37) % 900))},5`;
    return `${written};${visitors};${day.getUTCDay() === 0 ? 'closed' : 'open'}`;
  });
  const client = await server.signUp();
  const file = { name: 'shop.csv', content: `day;visitors;state\n${rows.join('\n')}\n` };
  const dataset = await uploadDataset(client, file, { csv: { missingTokens: ['uncounted'] } });
  const input = { datasetId: dataset.id, target: 'state', algorithm: 'DECISION_TREE' };
  const { artifact } = await train(client, input);
  const model = parseModel(await (await fetch(artifact?.modelUrl ?? '')).bytes());
  expect(model.reading).toEqual(currentReading(['uncounted']));
  expect(model.features).toContainEqual({ name: 'day', kind: 'DATETIME', part: 'WEEKDAY', dateOrder: 'DMY' });
  expect(model.features).toContainEqual({
    name: 'visitors',
    kind: 'NUMBER',
    numberFormat: { decimal: ',', thousands: '.' },
  });
  const predict = createRowPredictor(model);
  const stateOf = (day: string, visitors: string | number | null) => {
    const predictions = predict({ day, visitors });
    return predictions.task === 'CLASSIFICATION' ? predictions.labels[predictions.predicted[0] ?? -1] : null;
  };
  // Years later, on a Sunday and a Monday; 3/2/2030 is one in the order of days and months that the file has.
  expect(stateOf('3/2/2030', '1.234,5')).toBe('closed');
  expect(stateOf('4/2/2030', '1.234,5')).toBe('open');
  expect(predict({ day: '4/2/2030', visitors: 'uncounted' })).toEqual(predict({ day: '4/2/2030', visitors: null }));
  expect(predict({ day: '4/2/2030', visitors: '1.234,5' })).toEqual(predict({ day: '4/2/2030', visitors: 1234.5 }));
});

const INSPECT = `mutation ($file: Upload!, $input: UploadDatasetInput) { inspectDataset(file: $file, input: $input) {
      accepted dialect { escape } preview { cells } issues { code } } }`;

test('the escape character is the given or detected one, or none if requested', async () => {
  const client = await server.signUp();
  const inspect = async (content: string, csv: object) => {
    const file = { name: 'titles.csv', content: `id,title,sold\n${content}` };
    const { inspectDataset } = await client.executeWithFile<{ inspectDataset: InspectedFile }>(INSPECT, file, {
      input: { csv },
    });
    const codes = inspectDataset.issues.map(({ code }) => code).filter((code) => code.startsWith('CSV_'));
    const { accepted, dialect, preview } = inspectDataset;
    return { accepted, escape: dialect?.escape ?? null, title: preview[0]?.cells[1], codes };
  };
  const linesOf = (title: string) => Array.from({ length: 30 }, (_, row) => `${row},${title},${row % 7}.5\n`).join('');
  const backslashes = linesOf('"a \\"big\\" day"');
  const found = { accepted: true, escape: '\\', title: 'a "big" day', codes: ['CSV_ESCAPE_FOUND'] };
  expect(await inspect(backslashes, {})).toEqual(found);
  expect(await inspect(backslashes, { escape: '\\' })).toEqual({ ...found, codes: [] });
  expect(await inspect(backslashes, { escape: '' })).toMatchObject({
    accepted: false,
    codes: ['CSV_TEXT_AFTER_QUOTE'],
  });
  const tildes = linesOf('"a ~"big~" day"');
  expect(await inspect(tildes, { escape: '~' })).toEqual({ ...found, escape: '~', codes: [] });
  expect(await inspect(tildes, {})).toMatchObject({ accepted: false, escape: null });
  const { errors } = await client.requestWithFile(INSPECT, flowersCsv(), { input: { csv: { escape: '~~' } } });
  expectError(errors, 'BAD_USER_INPUT', { argument: 'input.csv.escape' });
});

interface InspectedFile {
  readonly accepted: boolean;
  readonly dialect: { readonly escape: string | null } | null;
  readonly preview: readonly { readonly cells: readonly (string | null)[] }[];
  readonly issues: readonly { readonly code: string }[];
}

test('quarters, weeks and dates in other languages train a model that reads new rows alike', async () => {
  // What is sold follows the season.
  const rows = Array.from({ length: 240 }, (_, row) => {
    const [year, month, day] = [2010 + (row % 15), 1 + (row % 12), 1 + (row % 28)];
    const quarter = Math.ceil(month / 3);
    return `${year}-Q${quarter},${year}年${month}月${day}日,${quarter === 1 ? 'coats' : 'shirts'}`;
  });
  const client = await server.signUp();
  const content = `quarter,day,sold\n${rows.join('\n')}\n`;
  const dataset = await uploadDataset(client, { name: 'seasons.csv', content });
  const input = { datasetId: dataset.id, target: 'sold', features: ['quarter'], algorithm: 'DECISION_TREE' };
  const { artifact } = await train(client, input);
  const predict = createRowPredictor(parseModel(await (await fetch(artifact?.modelUrl ?? '')).bytes()));
  const soldIn = (quarter: string) => {
    const predictions = predict({ quarter });
    return predictions.task === 'CLASSIFICATION' ? predictions.labels[predictions.predicted[0] ?? -1] : null;
  };
  expect(['2031-Q1', '2031-Q2', 'Q1 2031', '2031-W02'].map(soldIn)).toEqual(['coats', 'shirts', 'coats', 'coats']);
});
