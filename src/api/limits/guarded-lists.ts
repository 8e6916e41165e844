import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getNamedType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { yieldToEventLoop } from '../../platform/concurrency/yielding-queue.ts';
import { responseTooLarge } from './response-size.ts';

/**
 * Maximum number of list values in a response. Before execution, operations are measured by usual list lengths; but a file
 * may have a hundred times as many columns, and a preview as many cells.
 */
const MAX_LISTED_VALUES = 250_000;

/** Weight of scalar list items, which are completed and serialized that much faster than fields. */
const PLAIN_VALUE = 0.2;

/** An execution completes this many values within milliseconds; longer lists after them yield. */
const VALUES_AT_ONCE = 5_000;
const VALUES_OF_SHORT_LIST = 1_000;

/**
 * Items completed together read further data in one statement: such a list only yields if it is so long that this delays
 * others more.
 */
const VALUES_READ_AT_ONCE = 20_000;
const READING_TYPES = ['Dataset', 'TrainingRun', 'Artifact'];

/**
 * The number of list values of each execution. Every execution has its own variables object, also within one subscription.
 */
const listed = new WeakMap<GraphQLResolveInfo['variableValues'], number>();

/** The number of fields selected per item, by the first field node. */
const fieldsOfItem = new WeakMap<FieldNode, number>();

/** Counts the values of a type's lists, refuses too many, and yields to other requests while long lists are completed. */
export function guardLists(type: GraphQLObjectType): void {
  if (type.name.startsWith('__')) return;
  for (const field of Object.values(type.getFields())) {
    if (!isListType(isNonNullType(field.type) ? field.type.ofType : field.type)) continue;
    const { resolve = defaultFieldResolver } = field;
    field.resolve = (source, args, context, info) => {
      const value: unknown = resolve(source, args, context, info);
      return value instanceof Promise ? afterOthers(value, info) : guarded(value, info);
    };
  }
}

function guarded(list: unknown, info: GraphQLResolveInfo): unknown {
  if (!Array.isArray(list)) return list;
  const values = valuesOf(list, info);
  const before = listed.get(info.variableValues) ?? 0;
  listed.set(info.variableValues, before + values);
  // The whole response is refused, so one error suffices.
  if (before > MAX_LISTED_VALUES) return [];
  if (before + values > MAX_LISTED_VALUES) throw responseTooLarge();
  if (yieldsBetweenItems(info, values, before)) return list.map((item: unknown) => yieldToEventLoop().then(() => item));
  return list;
}

/** Batched reads resolve several lists at the same time: long ones are completed one after the other. */
async function afterOthers(value: Promise<unknown>, info: GraphQLResolveInfo): Promise<unknown> {
  const list = await value;
  if (!Array.isArray(list) || readsForItems(info)) return guarded(list, info);
  await yieldToEventLoop();
  return guarded(list, info);
}

/** Whether resolving the items of a list, or of a page's edges, reads further data. */
function readsForItems({ returnType }: GraphQLResolveInfo): boolean {
  return READING_TYPES.includes(getNamedType(returnType).name.replace(/Edge$/, ''));
}

function yieldsBetweenItems(info: GraphQLResolveInfo, values: number, before: number): boolean {
  if (isLeafType(getNamedType(info.returnType))) return false;
  if (readsForItems(info)) return values > VALUES_READ_AT_ONCE;
  return values > VALUES_OF_SHORT_LIST && before + values > VALUES_AT_ONCE;
}

function valuesOf(list: readonly unknown[], info: GraphQLResolveInfo): number {
  if (!isLeafType(getNamedType(info.returnType))) return list.length * fieldsOf(info);
  const nested = list.reduce((count: number, item) => count + (Array.isArray(item) ? item.length : 1), 0);
  return nested * PLAIN_VALUE;
}

function fieldsOf({ fieldNodes, fragments }: GraphQLResolveInfo): number {
  const [first] = fieldNodes;
  if (first === undefined) return 1;
  const known = fieldsOfItem.get(first);
  if (known !== undefined) return known;
  const measured = new Map<string, number>();
  const count = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FIELD) return sum + 1 + (selection.selectionSet ? count(selection.selectionSet) : 0);
      if (selection.kind === Kind.INLINE_FRAGMENT) return sum + count(selection.selectionSet);
      const name = selection.name.value;
      const fragment = fragments[name];
      if (!measured.has(name)) measured.set(name, fragment ? count(fragment.selectionSet) : 0);
      return sum + (measured.get(name) ?? 0);
    }, 0);
  const fields = fieldNodes.reduce((sum, { selectionSet }) => sum + (selectionSet ? count(selectionSet) : 0), 0);
  fieldsOfItem.set(first, fields);
  return fields;
}
