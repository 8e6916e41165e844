import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';

/** Block comments that are no part of a media type, and line comments that are no part of an address or a string. */
const COMMENT = /(?<![*'"`])\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/[^\n]*/g;
/** Names written as code writes them: a lower-case letter before an upper-case one. */
const CODE_NAME = /\b[A-Za-z]*[a-z][A-Z]\w*\b/g;

/** Written like names of code, but names of programs, people, rules of linters, columns of files, or parts of formulas. */
const OTHER_NAMES: ReadonlySet<string> = new Set([
  ...[
    'AssemblyScript',
    'BigCrush',
    'CommonJS',
    'LightGBM',
    'MurmurHash3',
    'OpenSSL',
    'TensorFlow',
    'TypeScript',
    'TypedArray',
  ],
  ...['DeLong', 'LeVeque', 'McNemar'],
  ...['noControlCharactersInRegex', 'noDefaultExport', 'customerID'],
  ...['noAutofocus', 'noStaticElementInteractions', 'useExhaustiveDependencies'],
  ...['cL_k', 'cR_k', 'nR'],
]);

const sources = globSync('{src,tests,benchmarks,scripts}/**/*.{ts,tsx,js}', {
  // Generated.
  exclude: ['src/*/dist/**', 'src/console/gql/**', 'src/runtime/predict/tree-module.ts'],
}).map((path) => {
  const source = readFileSync(path, 'utf8');
  const lineOf = (index: number) => source.slice(0, index).split('\n').length;
  return {
    path,
    code: source.replace(COMMENT, ''),
    comments: [...source.matchAll(COMMENT)].map(({ 0: text, index }) => ({ text, line: lineOf(index) })),
  };
});

test('every name that a comment writes as code stands in the code, so that renames reach the comments', () => {
  const known = new Set(sources.flatMap(({ code }) => code.match(/[A-Za-z_$][\w$]*/g) ?? []));
  for (const { path } of sources) known.add(basename(path).replace(/\..*$/, ''));
  const stale = sources.flatMap(({ path, comments }) =>
    comments.flatMap(({ text, line }) =>
      (text.match(CODE_NAME) ?? [])
        .filter((name) => !known.has(name) && !OTHER_NAMES.has(name))
        .map((name) => `${path}:${line} ${name}`),
    ),
  );
  expect(sources.length).toBeGreaterThan(900);
  expect(stale).toEqual([]);
});

test('every other name is written in some comment', () => {
  const text = sources.flatMap(({ comments }) => comments.map((comment) => comment.text)).join('\n');
  expect([...OTHER_NAMES].filter((name) => !text.includes(name))).toEqual([]);
});
