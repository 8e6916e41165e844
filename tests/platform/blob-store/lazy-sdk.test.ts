import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** Loads a module and prints how many others that took, and which of them belong to the SDK of object stores. */
const LOADER = `
  import 'reflect-metadata';
  import { registerHooks } from 'node:module';
  const urls = [];
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      urls.push(resolved.url);
      return resolved;
    },
  });
  await import(process.argv[1]);
  console.log(JSON.stringify({ count: urls.length, sdk: urls.filter((url) => /aws-sdk|smithy/.test(url)).length }));`;

async function loaded(path: string): Promise<{ readonly count: number; readonly sdk: number }> {
  const url = pathToFileURL(path).href;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', LOADER, url]);
  return JSON.parse(stdout) as { count: number; sdk: number };
}

test('processes load the SDK of object stores only when they open a bucket', async () => {
  for (const name of ['api-process', 'worker-process']) {
    const { count, sdk } = await loaded(`dist/processes/${name}.js`);
    expect(count, name).toBeGreaterThan(100);
    expect(sdk, name).toBe(0);
  }
  expect((await loaded('dist/platform/blob-store/s3/s3-blob-store.js')).sdk).toBeGreaterThan(10);
});
