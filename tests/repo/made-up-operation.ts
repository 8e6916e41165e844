import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';

/** An operation for one root field, whose arguments are of the right types and mean nothing. */
export interface MadeUpOperation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  /** True where the field takes a file, as `$file` of a multipart request. */
  readonly takesFile: boolean;
}

/** Values of the scalars; null stands for the file that a multipart request puts there. */
const SCALARS: Readonly<Record<string, unknown>> = {
  Boolean: true,
  DateTime: '2030-01-02T03:04:05.000Z',
  Float: 0.5,
  ID: '00000000-0000-4000-8000-000000000000',
  Int: 1,
  JSONObject: {},
  SafeInt: 1,
  String: 'made up',
  Upload: null,
};

/** Makes the operation. Throws for an argument whose type it knows no value of. */
export function makeUpOperation(kind: string, field: GraphQLField<unknown, unknown>): MadeUpOperation {
  const declarations = field.args.map(({ name, type }) => `$${name}: ${type.toString()}`).join(', ');
  const args = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';
  const inBrackets = (text: string) => (text === '' ? '' : `(${text})`);
  return {
    query: `${kind} ${inBrackets(declarations)} { ${field.name}${inBrackets(args)}${selection} }`,
    variables: Object.fromEntries(field.args.map(({ name, type }) => [name, makeUpValue(type)])),
    takesFile: field.args.some(({ type }) => getNamedType(type).name === 'Upload'),
  };
}

function makeUpValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return makeUpValue(type.ofType);
  if (isListType(type)) return [makeUpValue(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter(isRequiredInputField);
    return Object.fromEntries(required.map((field) => [field.name, makeUpValue(field.type)]));
  }
  if (type.name in SCALARS) return SCALARS[type.name];
  throw new Error(`There is no made-up value of the scalar ${type.name}; give it one.`);
}
