import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseModel } from '../../src/runtime/format/parse-model.ts';
import { createRowPredictor } from '../../src/runtime/predict/predict-row.ts';
import { currentReading } from '../../src/runtime/values/cells.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.close());

test('how numbers and dates were written is kept with each column', async () => {
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

test('the model reads new rows as its file was written: local numbers, dates, and the user’s own "no value"', async () => {
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
