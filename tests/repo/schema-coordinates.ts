import { type ASTNode, type DocumentNode, Kind, print, visit } from 'graphql';

type Ancestors = readonly (ASTNode | readonly ASTNode[])[];

/**
 * Everything that a schema document defines, by its coordinate, each with its default (empty where it has none):
 * `Dataset`, `Dataset.name`, `Task.REGRESSION`, `SplitInput.seed` -> `0`, `Query.datasets(first:)` -> `20`.
 */
export function coordinatesOf(document: DocumentNode): Map<string, string> {
  const found = new Map<string, string>();
  visit(document, {
    enter(node, _key, _parent, _path, ancestors) {
      const coordinate = coordinateOf(node, ancestors);
      const fallback = node.kind === Kind.INPUT_VALUE_DEFINITION ? node.defaultValue : undefined;
      if (coordinate !== null) found.set(coordinate, fallback === undefined ? '' : print(fallback));
    },
  });
  return found;
}

/** The document without what these coordinates name, and without the word that a type has one of these interfaces. */
export function withoutCoordinates(document: DocumentNode, coordinates: ReadonlySet<string>): DocumentNode {
  return visit(document, {
    enter(node, _key, _parent, path, ancestors) {
      if (node.kind === Kind.NAMED_TYPE && path.at(-2) === 'interfaces' && coordinates.has(node.name.value)) {
        return null;
      }
      const coordinate = coordinateOf(node, ancestors);
      return coordinate !== null && coordinates.has(coordinate) ? null : undefined;
    },
  });
}

function coordinateOf(node: ASTNode, ancestors: Ancestors): string | null {
  switch (node.kind) {
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.UNION_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return node.name.value;
    case Kind.FIELD_DEFINITION:
    case Kind.ENUM_VALUE_DEFINITION:
      return `${namesOf(ancestors)[0]}.${node.name.value}`;
    case Kind.INPUT_VALUE_DEFINITION: {
      const [type, field] = namesOf(ancestors);
      return field === undefined ? `${type}.${node.name.value}` : `${type}.${field}(${node.name.value}:)`;
    }
    default:
      return null;
  }
}

/** The names of the definitions around a node, from the outermost. */
function namesOf(ancestors: Ancestors): string[] {
  return ancestors.flatMap((ancestor) =>
    'kind' in ancestor && 'name' in ancestor && ancestor.name ? [ancestor.name.value] : [],
  );
}
