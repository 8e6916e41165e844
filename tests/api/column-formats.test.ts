import { afterAll, beforeAll, expect, test } from 'vitest';
import { uploadDataset } from '../support/operations.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
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
