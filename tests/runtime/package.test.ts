import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);

const ROOT = resolve(import.meta.dirname, '../..');
const GOLDEN = join(ROOT, 'tests/golden/version-3');

/** What a program that only predicts may weigh in a browser: 12 kB. */
const MAX_COMPRESSED_BYTES = 12_000;

/** Loading npm takes seconds where much else runs. */
const TIMEOUT_MS = 180_000;

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runtime-package-'));
  await run('node', ['scripts/build-runtime.js'], { cwd: ROOT });
  await run('npm', ['pack', '--workspace', 'src/runtime', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
  });
  const [archive = ''] = readdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "name": "other-program", "private": true, "type": "module" }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${archive}`], { cwd: folder });
}, TIMEOUT_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = `
import { readFileSync } from 'node:fs';
import { createRowPredictor, ModelFormatError, parseModel } from '@trainyard/runtime';
import { createRowExplainer } from '@trainyard/runtime/contributions';
import { predictTable, tableFromRows } from '@trainyard/runtime/tables';

const [modelPath, rowsPath] = process.argv.slice(2);
const { rows } = JSON.parse(readFileSync(rowsPath, 'utf8'));
const model = parseModel(readFileSync(modelPath));
const predict = createRowPredictor(model);
const outputsOf = (said) => [...(said.probabilities ?? said.values)];
let refused = false;
try {
  parseModel('{}');
} catch (error) {
  refused = error instanceof ModelFormatError;
}
console.log(JSON.stringify({
  single: rows.map((row) => outputsOf(predict(row))),
  together: outputsOf(predictTable(model, tableFromRows(model, rows))),
  explained: createRowExplainer(model)?.explain(rows[0], 0).contributions.length ?? null,
  refused,
}));
`;

describe('the package of src/runtime', () => {
  test.each(['gradient-boosting-three-labels', 'linear-numbers', 'random-forest-two-labels'])(
    'the runtime, packed and installed into an empty folder, predicts as the server: %s',
    async (name) => {
      writeFileSync(join(folder, 'program.js'), PROGRAM);
      const rowsPath = join(GOLDEN, 'predictions.json');
      const { stdout } = await run('node', ['program.js', join(GOLDEN, `${name}.model.json`), rowsPath], {
        cwd: folder,
      });
      const expected = JSON.parse(readFileSync(rowsPath, 'utf8')).predictions[name] as number[][];
      const { single, together, explained, refused } = JSON.parse(stdout);
      expect(single).toEqual(expected);
      expect(together).toEqual(expected.flat());
      // The files of the trees are older than contributions.
      expect(explained).toBe(name === 'linear-numbers' ? 7 : null);
      expect(refused).toBe(true);
    },
    TIMEOUT_MS,
  );

  test(
    'the types of the packed runtime compile in a strict program without the types of Node.js',
    async () => {
      writeFileSync(
        join(folder, 'typed.ts'),
        `import { createRowPredictor, parseModel, type Predictions } from '@trainyard/runtime';
         import { predictTable, tableFromRows } from '@trainyard/runtime/tables';
         const model = parseModel('');
         const said: Predictions = createRowPredictor(model)({ area: 60 });
         const many: Predictions = predictTable(model, tableFromRows(model, [{ area: 60 }]));
         // @ts-expect-error: a model file is bytes or a text
         parseModel(5);
         export const both = [said, many];`,
      );
      const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', ''];
      const compiled = run(join(ROOT, 'node_modules/.bin/tsc'), [...options, 'typed.ts'], { cwd: folder });
      await expect(compiled).resolves.toEqual({ stdout: '', stderr: '' });
    },
    TIMEOUT_MS,
  );

  test('a page that predicts loads less than 12 kB of the runtime, and nothing else', async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: "export * from '@trainyard/runtime';", resolveDir: folder },
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      // As Vite and other bundlers of pages do.
      charset: 'utf8',
    });
    expect(gzipSync(outputFiles[0]?.contents ?? '').length).toBeLessThan(MAX_COMPRESSED_BYTES);
    const loaded = Object.keys(metafile.inputs).filter((path) => path !== '<stdin>');
    expect(loaded).toHaveLength(1);
    expect(loaded[0]).toMatch(/@trainyard\/runtime\/dist\/index\.js$/);
    const manifest = JSON.parse(readFileSync(join(ROOT, 'src/runtime/package.json'), 'utf8'));
    expect(Object.keys(manifest)).not.toContain('dependencies');
  });

  test('the example page holds all that it needs in one file', async () => {
    const page = join(folder, 'prediction.html');
    await run('node', [join(ROOT, 'examples/browser-prediction/build.ts'), page], { cwd: ROOT });
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('trainyard-model');
    expect(html).not.toMatch(/\bsrc=|\bhref=|https?:\/\/|\bimport\b[^;]*\bfrom\b/);
    expect(html.match(/<\/script/g)).toHaveLength(1);
  });
});
