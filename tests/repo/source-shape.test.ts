import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path/posix';
import { describe, expect, test } from 'vitest';
import { unexplainedAssertions } from './non-null-assertions.ts';
import { functionsOf } from './source-functions.ts';
import { languageOf } from './syntax-tree.ts';

/** A file is one idea: more lines than this hold two. */
const MAX_FILE_LINES = 350;

/** A folder is one subject: more files than this want folders of their own. */
const MAX_FOLDER_FILES = 20;

/** The longest function that there is; the median is 7 lines. */
const MAX_FUNCTION_LINES = 74;

/** A field that must be given, if only as undefined. Optional ones (`name?:`) may be left out. */
const UNDEFINED_FIELD = /^ {2}readonly #?\w+: [^;(]*\| undefined;$/gm;

// Not what is built or generated.
const paths = globSync('src/**/*.{ts,tsx}', {
  exclude: ['src/*/dist/**', 'src/client/operations/*.ts', 'src/console/gql/*.ts'],
}).map((path) => path.replaceAll('\\', '/'));
const sources = paths.map((path) => [path, readFileSync(path, 'utf8')] as const);

describe('the shape of src/', () => {
  test('all files of src/ are examined', () => {
    expect(paths.length).toBeGreaterThan(400);
  });

  test('no file of src/ is too long', () => {
    const lines = sources.map(([path, source]) => [path, source.split('\n').length - 1] as const);
    expect(lines.filter(([, count]) => count > MAX_FILE_LINES)).toEqual([]);
  });

  test('no folder of src/ has too many files', () => {
    const counts = new Map<string, number>();
    for (const folder of paths.map((path) => dirname(path))) counts.set(folder, (counts.get(folder) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > MAX_FOLDER_FILES)).toEqual([]);
  });

  test('no function of src/ is too long', () => {
    const functions = sources
      .filter(([path]) => !path.includes('/assembly/'))
      .flatMap(([path, source]) => functionsOf(source, languageOf(path)).map((each) => ({ ...each, path })));
    expect(functions.length).toBeGreaterThan(3_000);
    expect(functions.filter(({ lines }) => lines > MAX_FUNCTION_LINES)).toEqual([]);
  });

  test('a non-null assertion stands behind an index, or has a comment with its reason', () => {
    const unexplained = sources
      .filter(([path]) => !path.includes('/assembly/'))
      .flatMap(([path, source]) => unexplainedAssertions(source, languageOf(path)).map((line) => `${path}:${line}`));
    expect(unexplained).toEqual([]);
  });

  test('a field that may have no value is null then, not undefined', () => {
    const fields = sources.flatMap(([path, source]) =>
      (source.match(UNDEFINED_FIELD) ?? []).map((field) => `${path}: ${field.trim()}`),
    );
    expect(fields).toEqual([]);
  });
});

test('a non-null assertion without an index or a comment is found', () => {
  const source = 'f(a[0]!, b.at(-1)!);\n\n\n\n\ng(b!, c.get(1)!);\n// It is there.\nh(d!);\n';
  expect(unexplainedAssertions(source)).toEqual([6, 6]);
});

test('a function has the lines from its head to its last brace', () => {
  const source = 'class A {\n  f() {\n    return () =>\n      1;\n  }\n}\nfunction g() {}\n';
  expect(functionsOf(source)).toEqual([
    { line: 2, lines: 4 },
    { line: 3, lines: 2 },
    { line: 7, lines: 1 },
  ]);
});

test('a field that must be given as undefined is found, an optional one is not', () => {
  const source =
    'interface A {\n  readonly a: B | undefined;\n  readonly b?: B | undefined;\n  readonly c: B | null;\n}\n';
  expect(source.match(UNDEFINED_FIELD)).toEqual(['  readonly a: B | undefined;']);
});
