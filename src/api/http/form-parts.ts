import { TrainyardError } from '../../errors.ts';
import { nestsTooDeeply } from '../limits/nesting.ts';

const FORM_HINT =
  'Send the text parts operations and map, in this order, and then one file: see the GraphQL multipart request specification.';

type Container = Record<string, unknown> | unknown[];

/** The error for a form that does not follow the protocol. */
export function badForm(message: string, hint = FORM_HINT): TrainyardError {
  return new TrainyardError('BAD_REQUEST', message, { hint });
}

/** The part `operations`: a GraphQL request, with null where the file belongs. */
export function parseOperations(text: string): Record<string, unknown> {
  const operations = parseJson('operations', text);
  if (isPlain(operations) && !Array.isArray(operations)) return operations;
  throw badForm('The part "operations" must be a JSON object with query and variables: one operation, not a list.');
}

/** The part that holds the file, and the path of its variable; null for a form without a file. */
export function parseMap(text: string): { readonly part: string; readonly path: string } | null {
  const map = parseJson('map', text);
  if (!isPlain(map) || Array.isArray(map)) {
    throw badForm('The part "map" must be a JSON object, such as {"0": ["variables.file"]}.');
  }
  const [first, second] = Object.entries(map);
  if (first === undefined) return null;
  if (second !== undefined) {
    throw badForm(`The part "map" names a second file, ${shown(second[0])}: only one is allowed.`);
  }
  const [part, paths] = first;
  if (!Array.isArray(paths) || paths.some((path) => typeof path !== 'string')) {
    throw badForm(`The part "map" must give a list of paths for ${shown(part)}, such as ["variables.file"].`);
  }
  const [path, another] = paths as string[];
  if (path === undefined) throw badForm(`The part "map" gives no path for the file of the part ${shown(part)}.`);
  if (another !== undefined) {
    throw badForm(`The part "map" uses the file of the part ${shown(part)} in two places: only one is allowed.`);
  }
  return { part, path };
}

/** Inserts the file into the operations. Only own properties are followed, which prevents prototype pollution. */
export function insertFile(
  operations: Record<string, unknown>,
  { part, path }: { part: string; path: string },
  file: object,
): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let container: unknown = operations;
  for (const name of names) {
    container = isPlain(container) && Object.hasOwn(container, name) ? own(container, name) : null;
  }
  // Lists are not extended.
  const isThere = Array.isArray(container) ? last !== 'length' && Object.hasOwn(container, last) : last !== '__proto__';
  if (!isPlain(container) || !isThere || last === '') {
    throw badForm(`The part "map" maps ${shown(part)} to ${shown(path)}, which is not in the part "operations".`);
  }
  (container as Record<string, unknown>)[last] = file;
}

/** A text of the form, quoted for an error. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

function parseJson(part: string, text: string): unknown {
  if (nestsTooDeeply(Buffer.from(text))) throw badForm(`The part "${part}" nests values too deeply.`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badForm(`The part "${part}" is not JSON.`);
  }
}

/** True for plain JSON objects and lists, but not for a file. */
function isPlain(value: unknown): value is Container {
  return (
    Array.isArray(value) ||
    (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
  );
}

function own(container: Container, name: string): unknown {
  return (container as Record<string, unknown>)[name];
}
