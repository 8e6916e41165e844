import fc from 'fast-check';
import type { OperationPayload } from './transports.ts';

/** Operations that any client could send, and that change nothing. */
const SOUND: readonly OperationPayload[] = [
  { query: '{ health { status } viewer { id role workspace { id name } } }' },
  {
    query: `query A($f: TrainingRunFilter, $n: Int = 5) { trainingRuns(filter: $f, first: $n) { totalCount ...p } }
      fragment p on TrainingRunConnection { edges { cursor node { id status metrics { ... on ClassificationMetrics { accuracy } } } } }`,
    variables: { f: { statuses: ['QUEUED'] }, n: 3 },
    operationName: 'A',
  },
  {
    query: 'query B { dataset(id: "x") { columns(limit: 10) { name kind } } } query C { algorithms { name } }',
    operationName: 'B',
  },
  { query: 'mutation { deleteArtifact(id: "00000000-0000-4000-8000-000000000000") { id } }' },
  { query: '{ __schema { types { name fields { name } } } t: __type(name: "Dataset") { kind } }' },
  { query: 'query ($i: [ID!]!) { compareRuns(ids: $i) { warnings } }', variables: { i: ['x', 'y'] } },
  { query: '{ limits @include(if: true) { signUp maxPageSize } artifacts(first: 2) { nodes { id } } }' },
];

/** Pieces of text that mean something to a parser, or nothing. */
const PIECES = [
  ...[
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ':',
    '...',
    '@',
    '$',
    '!',
    '|',
    '&',
    '=',
    '"',
    '"""',
    '#',
    ',',
    '\\',
    '\u0000',
    '\ud800',
  ],
  ...[
    'query',
    'mutation',
    'subscription',
    'fragment',
    'on',
    'null',
    'true',
    '__typename',
    '__schema',
    '__proto__',
    'id',
    'a: id',
  ],
  ...['@skip(if: $f)', '@include(if: true)', '...p', '$n: Int', '-0', '1e999', '9007199254740993', '🚂', '\u202e', ' '],
];

interface Edit {
  readonly at: number;
  readonly length: number;
  readonly text: string;
  readonly repeats: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 })),
  text: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...PIECES) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  ),
  repeats: fc.oneof(
    { weight: 9, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 300 }) },
  ),
});

function edited(query: string, edits: readonly Edit[]): string {
  return edits.reduce((text, { at, length, text: piece, repeats }) => {
    const start = Math.floor(at * text.length);
    return text.slice(0, start) + `${piece} `.repeat(repeats) + text.slice(start + length);
  }, query);
}

/** Operations that are mostly wrong, and wrong in many ways: sound ones with pieces put in, taken out, and repeated. */
export const madePayload: fc.Arbitrary<OperationPayload> = fc
  .record({
    sound: fc.constantFrom(...SOUND),
    edits: fc.oneof(
      { weight: 2, arbitrary: fc.constant<Edit[]>([]) },
      { weight: 3, arbitrary: fc.array(edit, { minLength: 1, maxLength: 1 }) },
      { weight: 2, arbitrary: fc.array(edit, { minLength: 2, maxLength: 4 }) },
    ),
    variables: fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      {
        weight: 1,
        arbitrary: fc.dictionary(fc.constantFrom('f', 'n', 'i', '__proto__'), fc.jsonValue({ maxDepth: 3 })),
      },
    ),
    operationName: fc.option(fc.constantFrom('A', 'B', 'C', 'none', 'x'.repeat(300)), { freq: 2 }),
  })
  .map(({ sound, edits, variables, operationName }) => ({
    query: edited(String(sound.query), edits),
    variables: variables ?? sound.variables ?? {},
    ...(operationName === null ? {} : { operationName }),
  }))
  .filter(({ query }) => query !== '');
