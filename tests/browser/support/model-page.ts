import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';

const ONNX_RUNTIME = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
const OWN_RUNTIME = join(import.meta.dirname, '../../../src/runtime/dist');

/** Columns of rows: numbers and dates in milliseconds, texts, and gaps. */
export type BrowserColumns = Readonly<Record<string, readonly (number | string | null)[]>>;

/** A page in a browser that predicts with models in two forms, and without Trainyard. */
export interface ModelPage {
  /** What ONNX Runtime says of these rows: the values of an output, row by row. */
  runOnnx(model: Uint8Array, columns: BrowserColumns, output: string): Promise<number[]>;
  /** What the runtime package says of these rows: the probabilities, or the value, of each. */
  runOwn(modelFile: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<number[][]>;
  close(): Promise<void>;
}

/** Opens it, on a web server of its own that knows both runtimes and the last model. */
export async function openModelPage(browser: Browser): Promise<ModelPage> {
  let onnx = new Uint8Array();
  const server = createServer((request, response) => {
    const name = basename(request.url ?? '/');
    if (name === '') response.setHeader('content-type', 'text/html').end('<!doctype html><title>Models</title>');
    else if (name === 'model.onnx') response.end(onnx);
    else {
      const type = name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
      readFile(join(name === 'index.js' ? OWN_RUNTIME : ONNX_RUNTIME, name)).then(
        (file) => response.setHeader('content-type', type).end(file),
        () => response.writeHead(404).end(),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return {
    async runOnnx(model, columns, output) {
      onnx = new Uint8Array(model);
      return await page.evaluate<number[]>(`(async () => {
        const ort = await import('/ort.wasm.min.mjs');
        ort.env.wasm.numThreads = 1;
        const session = await ort.InferenceSession.create('/model.onnx');
        const columns = ${JSON.stringify(columns)};
        const feeds = Object.fromEntries(Object.entries(columns).map(([name, values]) => {
          const shape = [values.length, 1];
          return [name, values.some((value) => typeof value === 'string')
            ? new ort.Tensor('string', values, shape)
            : new ort.Tensor('float64', values.map((value) => value ?? NaN), shape)];
        }));
        return [...(await session.run(feeds))[${JSON.stringify(output)}].data];
      })()`);
    },
    async runOwn(modelFile, rows) {
      return await page.evaluate<number[][]>(`(async () => {
        const { createRowPredictor, parseModel } = await import('/index.js');
        const predict = createRowPredictor(parseModel(${JSON.stringify(modelFile)}));
        return ${JSON.stringify(rows)}.map((row) => {
          const said = predict(row);
          return [...(said.probabilities ?? said.values)];
        });
      })()`);
    },
    async close() {
      await page.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
