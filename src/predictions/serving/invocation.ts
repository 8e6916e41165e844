import { badInput } from '../../errors.ts';
import { isObject, type JsonObject, listAt, objectAt, rowOf, textsAt } from './json-body.ts';

/** The shapes in which MLflow's scoring server takes rows; a request has one of them. */
const SHAPES = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;

/**
 * The rows of a request to MLflow's scoring server (`POST /invocations`): `dataframe_split`, `dataframe_records`, or as TensorFlow
 * Serving writes them `instances` (row after row) and `inputs` (column after column). Rows without names are in the order of
 * `columns`. Throws BAD_USER_INPUT. Source: the MLflow documentation, "Local inference server: input formats".
 */
export function rowsOfInvocation(body: unknown, columns: readonly string[]): readonly JsonObject[] {
  const request = objectAt(body, 'body');
  const given = SHAPES.filter((shape) => Object.hasOwn(request, shape));
  const [shape] = given;
  if (shape === undefined || given.length > 1) {
    throw badInput('body', `The request must have exactly one of ${SHAPES.join(', ')}; it has ${given.length}.`);
  }
  const value = request[shape];
  switch (shape) {
    case 'dataframe_split':
      return splitRows(objectAt(value, shape));
    case 'dataframe_records':
      return listAt(value, shape).map((row, index) => objectAt(row, `${shape}[${index}]`));
    case 'instances':
      return listAt(value, shape).map((row, index) => instance(row, columns, `${shape}[${index}]`));
    case 'inputs':
      return isObject(value)
        ? columnRows(value, shape)
        : listAt(value, shape).map((row, index) => instance(row, columns, `${shape}[${index}]`));
  }
}

/**
 * Whether each prediction is to come with the ends of its interval: as `params`, MLflow's place for what a model takes beside its
 * rows, says with `{"interval": true}`. Others of them are of other models, and do not count. Throws BAD_USER_INPUT.
 */
export function asksForIntervals(body: unknown): boolean {
  const { params } = objectAt(body, 'body');
  if (params === undefined || params === null) return false;
  const { interval = false } = objectAt(params, 'params');
  if (typeof interval === 'boolean') return interval;
  throw badInput('params.interval', 'params.interval must be true or false.');
}

/** `columns` and `data`, as pandas writes with `orient="split"`; its `index` does not count. */
function splitRows({ columns, data }: JsonObject): readonly JsonObject[] {
  const names = textsAt(columns, 'dataframe_split.columns');
  return listAt(data, 'dataframe_split.data').map((row, index) => {
    const path = `dataframe_split.data[${index}]`;
    return rowOf(names, valuesAt(row, names.length, path));
  });
}

/** An instance: an object, or the values of all columns of the model. */
function instance(row: unknown, columns: readonly string[], path: string): JsonObject {
  return isObject(row) ? row : rowOf(columns, valuesAt(row, columns.length, path));
}

function valuesAt(row: unknown, count: number, path: string): readonly unknown[] {
  const values = listAt(row, path);
  if (values.length === count) return values;
  throw badInput(path, `${path} must have ${count} values; it has ${values.length}.`);
}

/** Lists of values by the names of the columns, all of the same length. */
function columnRows(columns: JsonObject, path: string): readonly JsonObject[] {
  const names = Object.keys(columns);
  const lists = names.map((name) => listAt(columns[name], `${path}.${name}`));
  const [first] = lists;
  if (first === undefined) throw badInput(path, `${path} must have a column.`);
  for (const [index, name] of names.entries()) valuesAt(lists[index], first.length, `${path}.${name}`);
  return first.map((_, row) =>
    rowOf(
      names,
      lists.map((list) => list[row]),
    ),
  );
}
