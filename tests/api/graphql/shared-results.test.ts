import {
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  getNamedType,
  isObjectType,
  parse,
} from 'graphql';
import { beforeEach, expect, test } from 'vitest';
import { SAME_FOR_ALL, SharedResults } from '../../../src/api/graphql/shared-results.ts';
import { LiveIterator } from '../../../src/platform/concurrency/live-iterator.ts';
import { describeApiSchema } from '../../../src/processes/api-schema.ts';

/** Where type-graphql keeps what its decorators told it. */
const { TypeGraphQLMetadataStorage: metadata } = globalThis as unknown as {
  readonly TypeGraphQLMetadataStorage: {
    readonly objectTypes: readonly { readonly name: string; readonly target: unknown }[];
    readonly fieldResolvers: readonly { readonly target: unknown }[];
    readonly resolverClasses: readonly { readonly target: unknown; readonly getObjectType: () => unknown }[];
  };
};

interface Item {
  readonly seq: number;
}

let executions: number;
let released: number;
let results: SharedResults;

beforeEach(() => {
  executions = 0;
  released = 0;
  results = new SharedResults();
});

/** A stream of these items that then waits. */
function streamOf(items: readonly Item[]): AsyncIterableIterator<Item> {
  const waiting = [...items];
  return new LiveIterator({
    take: () => waiting.shift(),
    release: () => {
      released += 1;
    },
  });
}

const ITEMS: readonly Item[] = [{ seq: 1 }, { seq: 2 }];

const event = new GraphQLObjectType<Item>({
  name: 'Event',
  fields: {
    seq: {
      type: new GraphQLNonNull(GraphQLInt),
      resolve: ({ seq }) => {
        executions += 1;
        return seq;
      },
    },
    viewer: { type: GraphQLString, resolve: (_item, _args, context: string) => context },
  },
});
const stream = {
  type: event,
  args: { after: { type: GraphQLInt } },
  subscribe: () => streamOf(ITEMS),
  resolve: (item: Item) => item,
};
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLString } } }),
  subscription: new GraphQLObjectType({ name: 'Subscription', fields: { trainingEvents: stream, other: stream } }),
});

async function follow(document: ReturnType<typeof parse>, contextValue: string, variableValues = {}) {
  const iterator = await results.subscribe({ schema, document, contextValue, variableValues });
  if (!(Symbol.asyncIterator in iterator)) throw new Error(JSON.stringify(iterator));
  const values = [await iterator.next(), await iterator.next()].map(({ value }) => value?.data);
  const waiting = iterator.next();
  await iterator.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  return values;
}

test('subscribers with the same document share one execution per event', async () => {
  const document = parse('subscription ($after: Int) { trainingEvents(after: $after) { seq } }');
  for (let after = 0; after < 10; after++) {
    expect(await follow(document, 'somebody', { after })).toEqual([
      { trainingEvents: { seq: 1 } },
      { trainingEvents: { seq: 2 } },
    ]);
  }
  expect(executions).toBe(2);
  expect(released).toBe(10);
});

test.each([
  ['another subscription', 'subscription { other { seq viewer } }'],
  ['a fragment', 'subscription { trainingEvents { ...F } } fragment F on Event { seq viewer }'],
  ['a variable below', 'subscription ($x: Boolean! = true) { trainingEvents { seq viewer @include(if: $x) } }'],
  ['a directive', 'subscription { trainingEvents { seq viewer @include(if: true) } }'],
])('%s is executed for each subscriber', async (_name, query) => {
  const document = parse(query);
  const [first, second] = [await follow(document, 'one'), await follow(document, 'two')];
  expect(first).toMatchObject([
    { [query.includes('other') ? 'other' : 'trainingEvents']: { seq: 1, viewer: 'one' } },
    {},
  ]);
  expect(second).toMatchObject([{ [query.includes('other') ? 'other' : 'trainingEvents']: { viewer: 'two' } }, {}]);
  expect(executions).toBe(4);
});

test('errors of the subscription itself are returned, not thrown', async () => {
  const document = parse('subscription { trainingEvents(after: 1) { seq } }');
  const broken = new GraphQLSchema({
    query: schema.getQueryType() ?? null,
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        trainingEvents: {
          ...stream,
          subscribe: () => {
            throw new Error('no such run');
          },
        },
      },
    }),
  });
  const result = await results.subscribe({ schema: broken, document, variableValues: {} });
  expect(result).toMatchObject({ errors: [{ message: 'no such run' }] });
});

test('shared results contain no field that depends on the viewer, and none with an argument', () => {
  const { fieldResolvers, resolverClasses, objectTypes } = metadata;
  const own = fieldResolvers.map(({ target }) => {
    // A type's own method, or a resolver's.
    const type = resolverClasses.find((resolver) => resolver.target === target)?.getObjectType() ?? target;
    return objectTypes.find((object) => object.target === type)?.name;
  });
  const seen = new Set<string>();
  const look = (type: ReturnType<typeof getNamedType>) => {
    if (!isObjectType(type) || seen.has(type.name)) return;
    seen.add(type.name);
    expect(own).not.toContain(type.name);
    for (const field of Object.values(type.getFields())) {
      expect(field.args).toEqual([]);
      look(getNamedType(field.type));
    }
  };
  const roots = describeApiSchema().getSubscriptionType()?.getFields() ?? {};
  for (const name of SAME_FOR_ALL) look(getNamedType(roots[name]!.type));
  expect(seen).toContain('TrainingEvent');
  // The look would find them where they are.
  expect(own).toContain('TrainingRun');
});
