import { execFile } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Build {
  readonly product: string;
  readonly sources: readonly string[];
  readonly command: readonly [file: string, ...args: string[]];
}

const CONSOLE: Build = {
  product: 'dist/console/index.html',
  sources: ['src/{client,console}/**/*.{ts,tsx,css,html,graphql}', 'schema.graphql', 'vite.config.ts'],
  command: ['npm', 'run', 'build:console'],
};

const RUNTIME: Build = {
  product: 'src/runtime/dist/index.js',
  sources: ['src/runtime/**/*.ts', 'tsconfig.runtime.json'],
  command: ['node', 'scripts/build-runtime.js'],
};

/** Builds the console and the runtime package, unless they are newer than all that they are made of. */
export default async function setup(): Promise<void> {
  for (const { product, sources, command } of [CONSOLE, RUNTIME]) {
    const builtAt = statSync(product, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const paths = globSync([...sources], { exclude: ['src/*/dist/**', 'src/console/gql/**'] });
    if (paths.every((path) => statSync(path).mtimeMs < builtAt)) continue;
    const [file, ...args] = command;
    await run(file, args, { maxBuffer: 64_000_000 });
  }
}
