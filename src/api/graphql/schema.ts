import {
  defaultFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  specifiedDirectives,
} from 'graphql';
import { buildSchemaSync, type ClassType, type PubSub } from 'type-graphql';
import { authorize } from '../../auth/permissions.ts';
import { guardArguments } from '../limits/argument-bounds.ts';
import { guardLists } from '../limits/guarded-lists.ts';
import type { Context } from './context.ts';
import { nullMeansDefault } from './nullable-defaults.ts';
import { requireValue, SEMANTIC_NON_NULL } from './semantic-nullability.ts';

/** type-graphql requires one for subscriptions; ours all have a source of their own. */
const NO_PUB_SUB: PubSub = {
  publish: () => {
    throw new Error('Nothing is published in memory: changes are announced by the database.');
  },
  subscribe: () => {
    throw new Error('A subscription without a source of its own.');
  },
};

/** A class of resolvers, and how its instance is made when it is first needed. */
export type ResolverEntry = readonly [resolver: ClassType, make: () => object];

/** The executable schema of the resolvers. */
export function createSchema(resolvers: readonly ResolverEntry[]): GraphQLSchema {
  const instances = new Map<ClassType, object>();
  const instanceOf = (resolver: ClassType): object => {
    const made = instances.get(resolver) ?? resolvers.find(([each]) => each === resolver)?.[1]();
    if (made === undefined) throw new Error(`${resolver.name} is not among the resolvers of the schema.`);
    instances.set(resolver, made);
    return made;
  };
  const schema = buildSchemaSync({
    resolvers: resolvers.map(([resolver]) => resolver) as [ClassType, ...ClassType[]],
    container: { get: instanceOf },
    validate: false,
    directives: [...specifiedDirectives, SEMANTIC_NON_NULL],
    pubSub: NO_PUB_SUB,
  });
  const roots: readonly (GraphQLObjectType<unknown, Context> | null | undefined)[] = [
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    guardArguments(type);
    guardLists(type);
  }
  nullMeansDefault(schema);
  for (const type of roots) if (type) guardRootFields(type);
  return schema;
}

/** Puts the authorisation matrix before every root field, so that none can be forgotten. */
function guardRootFields(type: GraphQLObjectType<unknown, Context>): void {
  for (const field of Object.values(type.getFields())) {
    const name = `${type.name}.${field.name}`;
    const guard = async (context: Context) => authorize(name, context.caller);
    const { resolve = defaultFieldResolver, subscribe } = field;
    const isMutation = type.name === 'Mutation';
    if (!subscribe) {
      field.resolve = async (source, args, context, info) => {
        await guard(context);
        try {
          return requireValue(name, await resolve(source, args, context, info));
        } finally {
          // Also where it failed: it may have changed something before.
          if (isMutation) context.forgetRecent();
        }
      };
      continue;
    }
    field.subscribe = async (source, args, context, info) => {
      await guard(context);
      return await subscribe(source, args, context, info);
    };
  }
}
