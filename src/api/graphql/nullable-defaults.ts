import {
  defaultFieldResolver,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

type Values = Readonly<Record<string, unknown>>;

/**
 * Allows null for every argument and input field with a default, because clients of other languages send null for omitted
 * values. Resolvers never see it: they get the default, including the defaults of nested input fields.
 */
export function nullMeansDefault(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    if (isInputObjectType(type)) Object.values(type.getFields()).forEach(makeNullable);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const { args } of Object.values(type.getFields())) args.forEach(makeNullable);
    if (isObjectType(type)) applyDefaults(type);
  }
}

function makeNullable(input: GraphQLArgument | GraphQLInputField): void {
  if (input.defaultValue !== undefined && isNonNullType(input.type)) input.type = input.type.ofType;
}

/** Puts the defaults in before any other code sees the arguments. */
function applyDefaults(type: GraphQLObjectType): void {
  for (const field of Object.values(type.getFields())) {
    if (field.args.length === 0) continue;
    const { resolve = defaultFieldResolver, subscribe } = field;
    field.resolve = (source, args: Values, context, info) => {
      return resolve(source, withDefaults(field.args, args), context, info);
    };
    if (!subscribe) continue;
    field.subscribe = (source, args: Values, context, info) => {
      return subscribe(source, withDefaults(field.args, args), context, info);
    };
  }
}

function withDefaults(inputs: readonly (GraphQLArgument | GraphQLInputField)[], given: Values): Values {
  const complete: Record<string, unknown> = { ...given };
  for (const { name, type, defaultValue } of inputs) {
    const value = given[name] ?? defaultValue;
    // What was left out and has no default stays left out.
    if (value !== undefined && value !== null) complete[name] = withNestedDefaults(type, value);
  }
  return complete;
}

function withNestedDefaults(type: GraphQLInputType, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (isNonNullType(type)) return withNestedDefaults(type.ofType, value);
  if (isListType(type)) {
    // A list of texts may have very many items, and nothing in them has a default.
    const items = value as readonly unknown[];
    return hasFields(type) ? items.map((item) => withNestedDefaults(type.ofType, item)) : items;
  }
  return isInputObjectType(type) ? withDefaults(Object.values(type.getFields()), value as Values) : value;
}

function hasFields(type: GraphQLInputType): boolean {
  if (isNonNullType(type) || isListType(type)) return hasFields(type.ofType);
  return isInputObjectType(type);
}
