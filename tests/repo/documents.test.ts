import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  buildSchema,
  type GraphQLError,
  LoneAnonymousOperationRule,
  parse,
  specifiedRules,
  UniqueOperationNamesRule,
  validate,
} from 'graphql';
import { describe, expect, test } from 'vitest';

const GUIDES = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const DOCUMENTS = ['README.md', ...GUIDES];

const SCHEMA = buildSchema(read('schema.graphql'));

// A block of a document may show several requests one after the other, which a single request may not.
const RULES = specifiedRules.filter((rule) => rule !== LoneAnonymousOperationRule && rule !== UniqueOperationNamesRule);

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

/** The first groups of all matches. */
function groups(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, group]) => (group === undefined ? [] : [group]));
}

/** The GraphQL of a document: blocks of that language, and the value of each "query" in JSON. */
function operationsIn(document: string): string[] {
  const inJson = groups(document, /"query":\s*("(?:[^"\\]|\\.)*")/g).map((literal) => String(JSON.parse(literal)));
  return [...groups(document, /^```graphql\n(.*?)^```$/gms), ...inJson];
}

function errorsOf(operations: string): readonly GraphQLError[] {
  return validate(SCHEMA, parse(operations), RULES);
}

/** What a document has beside its code, which may look like a link and be none. */
function proseOf(document: string): string {
  return document.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '');
}

describe('the GraphQL of the documents fits the schema', () => {
  test.each(DOCUMENTS.flatMap((path) => operationsIn(read(path)).map((operations) => [path, operations] as const)))(
    'the GraphQL of %s fits the schema: %s',
    (_path, operations) => {
      expect(errorsOf(operations)).toEqual([]);
    },
  );

  // A pattern that finds nothing would let everything pass.
  test.each([
    ['README.md', 3],
    ['docs/migrating.md', 7],
  ])('%s has at least %i GraphQL texts', (path, count) => {
    expect(operationsIn(read(path)).length).toBeGreaterThanOrEqual(count);
  });

  test('an unknown field in a document is detected', () => {
    expect(errorsOf('{ health { mood } }')).toHaveLength(1);
  });
});

test('README.md shows what the example really prints', () => {
  expect(read('README.md').includes('EXAMPLE_OUTPUT')).toBe(false);
});

test.each([...DOCUMENTS, 'CHANGELOG.md'])('every relative link of %s leads to a file', (path) => {
  const links = groups(proseOf(read(path)), /\]\(([^)\s]+)\)/g).filter((link) => !/^(?:[a-z]+:|#)/.test(link));
  const broken = links.filter((link) => !existsSync(join(dirname(path), link.replace(/#.*$/, ''))));
  expect(broken).toEqual([]);
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(document: string): string[] {
  return groups(document.replace(/^```.*?^```$/gms, ''), /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each([...DOCUMENTS, 'CHANGELOG.md', 'CONTRIBUTING.md'])(
  'every link of %s to a section leads to a heading',
  (path) => {
    const links = groups(proseOf(read(path)), /\]\(([^)\s]*#[^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));
    const broken = links.filter((link) => {
      const [file = '', anchor = ''] = link.split('#');
      return !anchorsOf(read(file === '' ? path : join(dirname(path), file))).includes(anchor);
    });
    expect(broken).toEqual([]);
  },
);

test('a section that is linked has the anchor that GitHub makes of its heading', () => {
  expect(anchorsOf('# `a` is 1.5 (or not)\n## What happens if …')).toEqual(['a-is-15-or-not', 'what-happens-if-']);
});

test.each(DOCUMENTS)('every script that %s tells to run is there', (path) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const unknown = groups(read(path), /npm run ([\w:-]*\w)/g).filter((name) => !(name in scripts));
  expect(unknown).toEqual([]);
});

describe('the documents name files that there are', () => {
  const files = globSync('{src,tests}/**/*.ts').map((path) => path.replaceAll('\\', '/'));
  /** What a build makes: a clean clone does not have it. */
  const built = read('.gitignore')
    .split('\n')
    .filter((line) => line.startsWith('src/'));
  /** `api/http/uploads`, `tests/repo/documents.test.ts`, `src/ml/split`: with or without src/ and an ending. */
  const isThere = (name: string) =>
    existsSync(name) ||
    existsSync(`src/${name}`) ||
    built.some((folder) => `${name}/`.startsWith(folder)) ||
    files.some((file) => file === `src/${name}.ts` || file === `${name}.ts` || file.startsWith(`src/${name}.`));

  test.each([...DOCUMENTS, 'CONTRIBUTING.md'])('%s names existing files', (path) => {
    const folders =
      'src|tests|api|auth|datasets|training|artifacts|metrics|tabular|ml|runtime|platform|processes|workers';
    const names = groups(read(path), new RegExp(`\`((?:${folders})/[\\w./-]+)\``, 'g'));
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });

  test('the documents name many files', () => {
    expect(groups(read('docs/architecture.md'), /`((?:api|platform|tabular)\/[\w./-]+)`/g).length).toBeGreaterThan(10);
  });
});
