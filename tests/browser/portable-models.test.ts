import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportToOnnx } from '../../src/ml/export/onnx/export-onnx.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { createRowPredictor } from '../../src/runtime/predict/predict-row.ts';
import { type BrowserColumns, openModelPage } from './support/model-page.ts';
import { startBrowser } from './support/shared-browser.ts';

const run = promisify(execFile);

const MODEL = join(import.meta.dirname, '../golden/version-3/gradient-boosting-three-labels.model.json');
const model = parseModel(await readFile(MODEL));
const predict = createRowPredictor(model);

let browser: Browser;
let folder: string;

beforeAll(async () => {
  [browser, folder] = await Promise.all([startBrowser(), mkdtemp(join(tmpdir(), 'portable-'))]);
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a model file in the example page', () => {
  test('the example page predicts from a model file without a network', async () => {
    const path = join(folder, 'prediction.html');
    await run('node', [join(import.meta.dirname, '../../examples/browser-prediction/build.ts'), path]);
    const context = await browser.newContext({ locale: 'en-GB', offline: true });
    const page = await context.newPage();
    await page.goto(pathToFileURL(path).href);
    await page.getByLabel('Model file').setInputFiles(MODEL);
    const values = { area: '61,5', distance: '1.244', district: 'north', listed: '2024-02-03', heating: '2' };
    for (const [name, value] of Object.entries(values)) await page.locator(`input[name="${name}"]`).fill(value);
    const said = predict(values);
    const [label, probability] =
      said.task === 'CLASSIFICATION' ? [said.labels[said.predicted[0]!], Math.max(...said.probabilities)] : ['', 0];
    expect(await page.locator('#prediction').textContent()).toBe(
      `size: ${label} (${(probability * 100).toFixed(1)} %)`,
    );
    await context.close();
  });
});

function drawColumns(count: number): BrowserColumns {
  const valuesBy = <T>(cellOf: (row: number) => T) => Array.from({ length: count }, (_, row) => cellOf(row));
  return {
    area: valuesBy((row) => (row % 11 === 0 ? null : (row * 37) % 140)),
    distance: valuesBy((row) => (row * 53 * 37) % 12_000),
    district: valuesBy((row) => ['north', 'south', 'old town', 'nowhere', ''][row % 5] ?? ''),
    furnished: valuesBy((row) => ['Yes', 'no', 'YES', ''][row % 4] ?? ''),
    built: valuesBy((row) => Date.UTC(1950 + (row % 70), row % 12, 3)),
    listed: valuesBy((row) => (row % 7 === 0 ? null : Date.UTC(2024, row % 12, 3, row % 24, 30, 0, row))),
    heating: valuesBy((row) => (row % 4) + 1),
  };
}

test('ONNX Runtime in a browser predicts as the model does, missing and unseen values included', async () => {
  const columns = drawColumns(500);
  const page = await openModelPage(browser);
  const outputs = await page.runOnnx(exportToOnnx(model), columns, 'probabilities');
  await page.close();
  const own = Array.from({ length: 500 }, (_, row) => {
    const said = predict(Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[row]])));
    return said.task === 'CLASSIFICATION' ? [...said.probabilities] : [];
  }).flat();
  expect(outputs).toHaveLength(own.length);
  const farthest = own.reduce((most, value, i) => Math.max(most, Math.abs(value - outputs[i]!)), 0);
  expect(farthest).toBeLessThan(1e-5);
});
