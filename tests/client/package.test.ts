import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);

const ROOT = resolve(import.meta.dirname, '../..');

/** What each entry point may weigh in a browser, compressed, without its peers; the README rounds it up. */
const MAX_COMPRESSED_KILOBYTES = { core: 11, apollo: 1, react: 9 };

/** What a program installs beside the package. */
const BESIDE = ['graphql-ws', 'graphql', 'rxjs', 'react', '@types/react', 'csstype', '@apollo/client'];

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'client-package-'));
  await run('npm', ['run', 'build', '--workspace', 'src/client'], { cwd: ROOT });
  await run('npm', ['pack', '--workspace', 'src/client', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
  });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  const home = join(folder, 'node_modules/@trainyard/client');
  mkdirSync(home, { recursive: true });
  await run('tar', ['-xzf', join(folder, archive), '-C', home, '--strip-components=1']);
  for (const name of BESIDE) {
    mkdirSync(join(folder, 'node_modules', name, '..'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "other-program", "private": true, "type": "module" }');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package of src/client', () => {
  test('the package holds what is built and its README, and no source', () => {
    const home = join(folder, 'node_modules/@trainyard/client');
    expect(readdirSync(home).sort()).toEqual(['README.md', 'dist', 'package.json']);
    const files = readdirSync(join(home, 'dist'), { recursive: true }).map(String);
    expect(files.filter((name) => /\.\w+$/.test(name) && !/\.(js|d\.ts)$/.test(name))).toEqual([]);
  });

  test('the types of the packed client compile in a strict program', async () => {
    writeFileSync(
      join(folder, 'typed.ts'),
      `import { createTrainyard, StartTrainingDocument, TrainingRunsDocument } from '@trainyard/client';
       import { trainyardCacheConfig, trainyardLink } from '@trainyard/client/apollo';
       import { CODEGEN_CONFIG } from '@trainyard/client/codegen';
       import { useTrainingRun } from '@trainyard/client/react';
       import { ApolloClient, InMemoryCache } from '@apollo/client';
       const trainyard = createTrainyard({ url: '/graphql' });
       export const apollo = new ApolloClient({
         link: trainyardLink(trainyard),
         cache: new InMemoryCache(trainyardCacheConfig()),
       });
       export async function first(): Promise<string | undefined> {
         const { trainingRuns } = await trainyard.request(TrainingRunsDocument, { first: 1 });
         return trainingRuns?.nodes[0]?.id;
       }
       // @ts-expect-error: a training needs a dataset
       export const wrong = () => trainyard.request(StartTrainingDocument, { input: {} });
       export const useProgress = (id: string): number | undefined => useTrainingRun(id).run?.progress;
       export const scalars = CODEGEN_CONFIG.scalars;`,
    );
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--skipLibCheck'];
    const libraries = ['--lib', 'es2024,dom,dom.iterable', '--types', ''];
    const compiled = run(join(ROOT, 'node_modules/.bin/tsc'), [...options, ...libraries, 'typed.ts'], { cwd: folder });
    await expect(compiled).resolves.toEqual({ stdout: '', stderr: '' });
  });

  test.each([
    ['core', '@trainyard/client'],
    ['apollo', '@trainyard/client/apollo'],
    ['react', '@trainyard/client/react'],
  ] as const)('%s weighs no more than its README says, and loads no peer of another part', async (part, specifier) => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: `export * from '${specifier}';`, resolveDir: folder },
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      external: ['react', '@apollo/client', 'graphql', 'rxjs'],
    });
    const bytes = gzipSync(outputFiles[0]?.contents ?? '').length;
    expect(bytes).toBeLessThan(MAX_COMPRESSED_KILOBYTES[part] * 1_000);
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    const peers = {
      core: [],
      apollo: ['@apollo/client', '@apollo/client/utilities', 'graphql', 'rxjs'],
      react: ['react'],
    };
    expect([...new Set(imported)].sort()).toEqual(peers[part]);
    const line = `| \`${specifier}\` |`;
    const row = readFileSync(join(ROOT, 'src/client/README.md'), 'utf8')
      .split('\n')
      .find((each) => each.startsWith(line));
    expect(row).toContain(`| ${MAX_COMPRESSED_KILOBYTES[part]} kB |`);
  });
});
