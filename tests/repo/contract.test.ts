import { readFileSync } from 'node:fs';
import {
  buildASTSchema,
  buildSchema,
  type DocumentNode,
  findBreakingChanges,
  type GraphQLSchema,
  parse,
  printSchema,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { describeApiSchema } from '../../src/processes/api-schema.ts';
import { NOT_YET } from './contract-not-yet.ts';
import { coordinatesOf, withoutCoordinates } from './schema-coordinates.ts';

const contract = parse(readFileSync(new URL('contract.graphql', import.meta.url), 'utf8'));
const offered = printSchema(describeApiSchema());

/** What breaks for a client that was written for what is promised, and meets what is offered. */
function breakingChanges(promised: DocumentNode, offeredSchema: string): string[] {
  const before = buildASTSchema(promised);
  const after = buildSchema(offeredSchema);
  const changes = findBreakingChanges(before, after).map(({ description }) => description);
  return [...changes, ...changedDefaults(before, after)].sort();
}

/** graphql-js does not count these: but an input that loses its default has to be given from then on. */
function changedDefaults(before: GraphQLSchema, after: GraphQLSchema): string[] {
  const others = coordinatesOf(parse(printSchema(after)));
  return [...coordinatesOf(parse(printSchema(before)))].flatMap(([coordinate, fallback]) => {
    const other = others.get(coordinate);
    if (fallback === '' || other === undefined || other === fallback) return [];
    return [`${coordinate} had the default ${fallback} and has ${other === '' ? 'none' : other}.`];
  });
}

describe('the contract', () => {
  test('the schema fulfils the contract, except for later parts', () => {
    expect(breakingChanges(withoutCoordinates(contract, new Set(NOT_YET)), offered)).toEqual([]);
  });

  test('none of the later parts of the contract exists yet', () => {
    const there = coordinatesOf(parse(offered));
    expect(NOT_YET.filter((coordinate) => there.has(coordinate))).toEqual([]);
  });

  test('all later parts are in the contract, named once and in order', () => {
    const promised = coordinatesOf(contract);
    expect(NOT_YET.filter((coordinate) => !promised.has(coordinate))).toEqual([]);
    expect(NOT_YET).toEqual([...new Set(NOT_YET)].sort());
  });
});

describe('the comparison finds', () => {
  const promise = parse(`
    type Query { list(first: Int! = 20, kind: Kind): [Thing!] thing(input: ThingInput!): Thing }
    type Thing { id: ID! name: String! }
    enum Kind { NEW OLD }
    input ThingInput { id: ID! pinned: Boolean! = false }`);
  const kept = printSchema(buildASTSchema(promise));

  test.each([
    ['nothing where nothing changed', kept, []],
    ['a field that went', kept.replace('  name: String!\n', ''), ['Thing.name was removed.']],
    [
      'an output that may now be null',
      kept.replace('name: String!', 'name: String'),
      ['Thing.name changed type from String! to String.'],
    ],
    [
      'an input that is now required',
      kept.replace('kind: Kind', 'kind: Kind!'),
      ['Query.list arg kind has changed type from Kind to Kind!.'],
    ],
    ['a value that went', kept.replace('  OLD\n', ''), ['OLD was removed from enum type Kind.']],
    [
      'an argument without its default',
      kept.replace(' = 20', ''),
      ['Query.list(first:) had the default 20 and has none.'],
    ],
    [
      'an input field with another default',
      kept.replace('= false', '= true'),
      ['ThingInput.pinned had the default false and has true.'],
    ],
  ])('a change of the contract is detected: %s', (_what, offeredSchema, changes) => {
    expect(breakingChanges(promise, offeredSchema)).toEqual(changes);
  });
});
