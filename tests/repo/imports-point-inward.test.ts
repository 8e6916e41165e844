import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BUNDLED_MODULES } from '../../src/bundled-modules.ts';
import { findViolations } from './import-rules.ts';
import { importsOf } from './module-imports.ts';

/** The modules of src/ with their text; not those that are compiled to WebAssembly, which import only each other. */
function readSources(): Map<string, string> {
  const exclude = ['src/*/assembly/**', 'src/*/dist/**', 'src/console/gql/**'];
  const paths = globSync('src/**/*.{ts,tsx}', { exclude }).sort();
  const modules = paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(path, 'utf8')] as const);
  // What the build makes of the operations of the console, and its style sheets, import nothing of ours.
  const others = ['src/console/gql/graphql.ts', ...globSync('src/console/**/*.css')].map((path) => [path, ''] as const);
  return new Map([...modules, ...others]);
}

/** The violations of a few made-up modules. An import's target must be among them. */
function violationsOf(modules: Readonly<Record<string, string>>): string[] {
  return findViolations(new Map(Object.entries(modules)));
}

describe('the modules of src/', () => {
  const sources = readSources();

  test('the modules of src/ import in one direction only', () => {
    expect(findViolations(sources)).toEqual([]);
  });

  test('rows are mapped to API types in *.mapper.ts alone', () => {
    const isMapper = /^(?:export )?function \w+\([^{]*?(?:\{[^}]*\}[^{]*?)?\): (?:readonly )?\w+Type\b/m;
    const others = [...sources].filter(([path]) => /\.(type|resolver|subscriptions|service)\.ts$/.test(path));
    expect(others.filter(([, source]) => isMapper.test(source)).map(([path]) => path)).toEqual([]);
    expect(isMapper.test(sources.get('src/training/runs/training-run.mapper.ts') ?? '')).toBe(true);
  });

  test('the imports of all modules are read', () => {
    expect(sources.size).toBeGreaterThan(90);
    const imports = importsOf(sources.get('src/training/runs/training-run.service.ts') ?? '');
    expect(imports).toContainEqual(expect.objectContaining({ specifier: '../../auth/viewer.ts', isRuntime: false }));
    expect(imports).toContainEqual(expect.objectContaining({ specifier: './training-run.store.ts', isRuntime: true }));
  });
});

describe('the bundled modules', () => {
  // Neither the client nor the console is loaded by the server.
  const ofServer = [...readSources()].filter(([path]) => !/^src\/(client|console)\//.test(path));
  const imported = new Set(
    ofServer
      .flatMap(([, source]) => importsOf(source))
      .flatMap(({ specifier, isRuntime }) => (isRuntime && specifier !== null ? [specifier] : [])),
  );
  const packageOf = (module: string) => module.split('/', module.startsWith('@') ? 2 : 1).join('/');

  test('src/ imports nothing of bundled packages but the bundled modules', () => {
    const packages = new Set(BUNDLED_MODULES.map(packageOf));
    const needed = [...imported].filter((module) => packages.has(packageOf(module)));
    expect(needed.filter((module) => !BUNDLED_MODULES.includes(module))).toEqual([]);
  });

  test('all bundled modules are imported', () => {
    expect(BUNDLED_MODULES.filter((module) => !imported.has(module))).toEqual([]);
  });
});

describe('the reader of imports', () => {
  test.each([
    ["import { a } from 'x';", true],
    ["import a, * as b from 'x';", true],
    ["import 'x';", true],
    ["import { type A } from 'x';", true],
    ["import\n  type\n  { A } from 'x';", false],
    ["export { a } from 'x';", true],
    ["export type { A } from 'x';", false],
    ["export * from 'x';", true],
    ["export * as a from 'x';", true],
    ["export type * from 'x';", false],
    ["@C() class K { constructor(@P() readonly a: A) {} m = () => [import(/* why */ 'x')]; }", true],
    ["type A = import('x').B;", false],
    ["function f(a: typeof import('x')) {}", false],
    ["import a = require('x');", true],
    ["const a = require('x');", true],
  ])('the reader of imports finds %s', (source, isRuntime) => {
    expect(importsOf(`\n${source}`)).toEqual([{ specifier: 'x', isRuntime, line: expect.any(Number) }]);
  });

  test('the reader of imports ignores comments and strings', () => {
    const source = "// import 'a';\n/* export * from 'b'; */\nconst c = `\nimport 'd';\n` + 'import(\"e\")';";
    expect(importsOf(source)).toEqual([]);
  });

  test('the reader of imports refuses what it cannot read', () => {
    expect(() => importsOf("import { from 'x'")).toThrow(/./);
  });
});

/** What is imported from where, and what the rules say to it; null for nothing. */
const JUDGED: readonly (readonly [from: string, statement: string, complaint: RegExp | null])[] = [
  // The order of the nouns.
  ['src/training/a.service.ts', "import { a } from '../datasets/b.service.ts'", null],
  ['src/datasets/a.service.ts', "import { a } from '../training/b.service.ts'", /datasets may import only auth, blobs/],
  ['src/auth/a.service.ts', "import type { A } from '../blobs/b.ts'", /auth may import only platform/],
  ['src/blobs/a.service.ts', "import type { A } from '../artifacts/b.ts'", /blobs may import only auth/],
  ['src/training/a.ts', "type A = import('../artifacts/b.ts').A", /training may import only/],
  // Mappers stand between rows and the API's types.
  ['src/training/a.resolver.ts', "import { a } from '../datasets/b.mapper.ts'", null],
  ['src/training/a.resolver.ts', "import { a } from '../datasets/b.resolver.ts'", /mappers stand in/],
  ['src/training/a.subscriptions.ts', "import type { A } from './b.resolver.ts'", /mappers stand in/],
  ['src/training/a.service.ts', "import { a } from './b.mapper.ts'", /only resolvers, subscriptions and mappers/],
  ['src/training/a.mapper.ts', "import { a } from './b.store.ts'", /types alone/],
  ['src/training/a.mapper.ts', "import type { A } from './b.store.ts'", null],
  // Kernels import no noun.
  ['src/platform/a.ts', "import type { A } from '../auth/b.ts'", /platform may import only errors.ts/],
  ['src/platform/a.ts', "import { a } from '../errors.ts'", null],
  ['src/platform/a.ts', "import { a } from '../config.ts'", /platform may import only errors.ts/],
  ['src/platform/a.ts', "import { a } from '../tabular/b.ts'", /platform may import only errors.ts/],
  ['src/tabular/a.ts', "import { a } from '../runtime/b.ts'", null],
  ['src/tabular/a.ts', "import { a } from '../platform/b.ts'", /tabular may import only runtime/],
  ['src/tabular/a.ts', "import { a } from '../errors.ts'", /tabular may import only runtime/],
  ['src/ml/tree/a.ts', "import { a } from '../../runtime/b.ts'", null],
  ['src/ml/a.ts', "import type { A } from '../tabular/types/column.ts'", null],
  ['src/ml/a.ts', "import { a } from '../tabular/types/column.ts'", /only the types of column.ts/],
  ['src/ml/a.ts', "import { type A } from '../tabular/types/column.ts'", /only the types of column.ts/],
  ['src/ml/a.ts', "import type { A } from '../tabular/profile.ts'", /only the types of column.ts/],
  ['src/ml/a.ts', "export * from '../training/b.ts'", /ml may import only/],
  ['src/runtime/a.ts', "import type { A } from '../ml/b.ts'", /runtime may import nothing outside itself/],
  ['src/runtime/a.ts', "import { a } from './b.ts'", null],
  ['src/runtime/a.ts', "import { Buffer } from 'node:buffer'", /imports no package/],
  ['src/runtime/a.ts', "import type { A } from 'apache-arrow'", /imports no package/],
  ['src/runtime/a.ts', "const a = await import('node:fs')", /imports no package/],
  // The client knows no server, and its core neither React nor Apollo Client.
  ['src/client/core/a.ts', "import type { A } from '../../jobs/b.ts'", /client may import nothing outside itself/],
  ['src/client/core/a.ts', "import { a } from '../react/b.ts'", /client\/core may import only operations, graphql-ws/],
  ['src/client/core/a.ts', "import { createClient } from 'graphql-ws/client'", null],
  ['src/client/core/a.ts', "import { print } from 'graphql'", /client\/core may import only/],
  ['src/client/react/a.ts', "import { a } from '../core/b.ts'", null],
  ['src/client/react/a.ts', "import { useState } from 'react'", null],
  ['src/client/react/a.ts', "import { ApolloLink } from '@apollo/client'", /client\/react may import only/],
  ['src/client/apollo/a.ts', "import { a } from '../react/b.ts'", /client\/apollo may import only/],
  // The console knows the server through the client alone.
  ['src/console/runs/a.tsx', "import { a } from '../../client/core/b.ts'", null],
  ['src/console/a.tsx', "import { useState } from 'react'", null],
  ['src/console/a.ts', "import type { A } from '../errors.ts'", /console may import only client/],
  ['src/client/core/a.ts', "import { a } from '../../console/b.ts'", /client may import nothing outside itself/],
  ['src/api/a.ts', "import type { A } from '../console/b.ts'", /api may import only/],
  ['src/processes/a.ts', "import type { A } from '../client/core/b.ts'", /processes may import only/],
  // api/.
  ['src/datasets/a.type.ts', "import { a } from '../api/graphql/scalars.ts'", null],
  ['src/datasets/a.input.ts', "import { a } from '../api/graphql/enums.ts'", null],
  ['src/datasets/a.resolver.ts', "import { a } from '../api/graphql/pagination.ts'", null],
  ['src/training/a.subscriptions.ts', "import type { A } from '../api/graphql/context.ts'", null],
  ['src/datasets/a.resolver.ts', "import { a } from '../api/graphql/context.ts'", /only its types/],
  ['src/datasets/a.resolver.ts', "import { a } from '../api/graphql/batch-lookup.ts'", /only its types/],
  ['src/datasets/a.resolver.ts', "import type { A } from '../api/http/server.ts'", /not one of the modules of api/],
  ['src/datasets/a.service.ts', "import type { A } from '../api/graphql/context.ts'", /only \*\.type\|input/],
  ['src/datasets/a.store.ts', "import { a } from '../api/graphql/pagination.ts'", /only \*\.type\|input/],
  ['src/datasets/a.ts', "import { a } from '../api/graphql/scalars.ts'", /only \*\.type\|input/],
  ['src/api/a.ts', "import { a } from '../processes/b.ts'", /api may import only/],
  // resolver -> service -> own store -> table.
  ['src/datasets/a.service.ts', "import { a } from './b.store.ts'", null],
  ['src/training/a.service.ts', "import type { A } from '../datasets/b.store.ts'", null],
  ['src/training/a.service.ts', "import { a } from '../datasets/b.store.ts'", /another noun's store/],
  ['src/training/a.handler.ts', "import { a } from '../datasets/b.store.ts'", /another noun's store/],
  ['src/api/a.ts', "import type { A } from '../datasets/b.service.ts'", /api may import only auth/],
  ['src/processes/a.ts', "import { a } from '../datasets/b.store.ts'", /another noun's store/],
  ['src/datasets/a.resolver.ts', "import { a } from './b.store.ts'", /through its service only/],
  ['src/datasets/a.resolver.ts', "import { a } from './b.service.ts'", null],
  ['src/datasets/a.resolver.ts', "import type { A } from './b.store.ts'", null],
  ['src/datasets/a.service.ts', "import type { A } from './b.resolver.ts'", /a service knows no resolver/],
  ['src/datasets/a.store.ts', "import type { A } from './b.service.ts'", /a store knows no service/],
  ['src/datasets/a.table.ts', "import type { A } from './b.store.ts'", /a table knows no store/],
  // Packages.
  ['src/datasets/a.type.ts', "import { Field } from 'type-graphql'", null],
  ['src/datasets/a.service.ts', "import type { A } from 'type-graphql'", /only api\/ and/],
  ['src/platform/a.ts', "import { a } from 'type-graphql'", /only api\/ and/],
  ['src/datasets/a.table.ts', "import { a } from 'drizzle-orm/pg-core'", null],
  ['src/datasets/a.store.ts', "import { a } from 'drizzle-orm'", null],
  ['src/datasets/a.service.ts', "import { sql } from 'drizzle-orm'", /only platform\/ and/],
  ['src/api/a.ts', "import type { SQL } from 'drizzle-orm'", /only platform\/ and/],
  ['src/processes/a.ts', "import { drizzle } from 'drizzle-orm/postgres-js'", /only platform\/ and/],
  ['src/platform/jobs/jobs.ts', "import { PgBoss } from 'pg-boss'", null],
  ['src/platform/a.ts', "import { PgBoss } from 'pg-boss'", /only platform\/jobs\/jobs.ts may/],
  ['src/training/a.handler.ts', "import type { Job } from 'pg-boss'", /only platform\/jobs\/jobs.ts may/],
  // Wiring.
  ['src/processes/a.ts', "import { a } from '../training/b.service.ts'", null],
  ['src/command-line.ts', "const a = await import('./processes/b.ts')", null],
  ['src/command-line.ts', "import { a } from './training/b.service.ts'", /command-line.ts may import only/],
  ['src/training/a.service.ts', "import type { A } from '../processes/b.ts'", /training may import only/],
  [
    'src/config.ts',
    "import { a } from './errors.ts'",
    /config.ts may import only engine-settings.ts, issuer-settings.ts, network-settings.ts, retention-settings.ts, setting.ts/,
  ],
  ['src/main.ts', "import { a } from './config.ts'", /main.ts may import only/],
  // What cannot be followed.
  ['src/processes/a.ts', 'const a = await import(b)', /computes what it imports/],
  ['src/misc/a.ts', 'export {}', /the rules do not know src\/misc/],
];

describe('the rules', () => {
  test.each(JUDGED)('the import rules judge %s: %s', (from, statement, complaint) => {
    const target = importsOf(statement)[0]?.specifier ?? null;
    const modules: Record<string, string> = { [from]: `${statement};\n` };
    if (target?.startsWith('.')) modules[new URL(target, `file:///${from}`).pathname.slice(1)] ??= 'export {};\n';
    expect(violationsOf(modules).join('\n')).toMatch(complaint ?? /^$/);
  });

  test('every import leads to an existing module, with its extension', () => {
    expect(violationsOf({ 'src/api/a.ts': "import './b.js';", 'src/api/b.ts': '' })).toEqual([
      'src/api/a.ts:1 imports src/api/b.js, which is no module of src/',
    ]);
  });

  test('there are no import cycles, types included', () => {
    const circle = {
      'src/api/a.ts': "import './b.ts';",
      'src/api/b.ts': "export * from './c.ts';",
      'src/api/c.ts': "export const load = () => import('./a.ts');",
      'src/api/d.ts': "import './a.ts';",
    };
    const found = ['a cycle: src/api/a.ts -> src/api/b.ts -> src/api/c.ts -> src/api/a.ts'];
    expect(violationsOf(circle)).toEqual(found);
    expect(violationsOf({ ...circle, 'src/api/c.ts': "import type { A } from './a.ts';" })).toEqual(found);
    expect(violationsOf({ ...circle, 'src/api/c.ts': 'export {};' })).toEqual([]);
  });
});
