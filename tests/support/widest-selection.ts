import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** Types that lead to each other without an end. */
const NOUNS = ['Dataset', 'TrainingRun', 'Artifact'];

/** Types of which all is read at once: one value stands for their lists, of which a page would hold more than it may. */
const READ_WHOLE = ['Evaluation'];

const PAGE_ARGUMENTS = ['first', 'limit', 'rows', 'maxPoints'];

/** How far a selection goes. */
export interface Width {
  /** Levels of fields. */
  readonly levels: number;
  /** How deep the nouns are followed into each other. */
  readonly nouns: number;
  /** How many items of every list are asked for. */
  readonly items: number;
  /** Fields that are not asked for. */
  readonly without: readonly string[];
}

/** Selects every field of a type, as far as a client could without an end: all that the schema has, also what it gets later. */
export function selectAll(schema: GraphQLSchema, type: GraphQLObjectType, width: Width): string {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    // The same that its edges have: both together would be twice as much as a page may have.
    if (type.name.endsWith('Connection') && field.name === 'nodes') return [];
    const selection = selectionOf(schema, field, width);
    return selection === null ? [] : [`${field.name}${argumentsOf(field, width.items)}${selection}`];
  });
  return `{ ${fields.join(' ')} }`;
}

/** The selection of a field; null where it is not to be asked for. */
function selectionOf(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>, width: Width): string | null {
  if (field.args.some(isRequiredArgument) || width.without.includes(field.name)) return null;
  const type = getNamedType(field.type);
  if (isLeafType(type)) return '';
  const nouns = NOUNS.includes(type.name) ? width.nouns - 1 : width.nouns;
  const levels = Math.min(width.levels - 1, READ_WHOLE.includes(type.name) ? 1 : width.levels);
  // A connection is worth asking for where its nodes are.
  if (nouns < 0 || levels < 1 || (type.name.endsWith('Connection') && (nouns === 0 || levels < 3))) return null;
  if (isObjectType(type)) return ` ${selectAll(schema, type, { ...width, levels, nouns })}`;
  const possible = schema.getPossibleTypes(type);
  return ` { ${possible.map((each) => `... on ${each.name} ${selectAll(schema, each, { ...width, levels, nouns })}`).join(' ')} }`;
}

function argumentsOf({ args }: GraphQLField<unknown, unknown>, items: number): string {
  const page = args.find(({ name }) => PAGE_ARGUMENTS.includes(name));
  return page === undefined ? '' : `(${page.name}: ${Math.max(items, page.name === 'maxPoints' ? 2 : 1)})`;
}
