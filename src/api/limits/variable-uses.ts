import {
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { fragmentsOf } from './fragments.ts';

/** A use of a variable in an operation. */
export interface VariableUse {
  /** The path of the argument, such as `input.split.strategy`. */
  readonly argument: string;
  /** Whether null is not allowed. */
  readonly isRequired: boolean;
}

/** The uses of variables in a valid operation, in document order. */
export function variableUses(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): ReadonlyMap<string, readonly VariableUse[]> {
  const uses = new Map<string, VariableUse[]>();
  const types = new TypeInfo(schema);
  for (const definition of withItsFragments(document, operation)) {
    visit(
      definition,
      visitWithTypeInfo(types, {
        // Declarations contain no uses: defaults may not refer to variables.
        VariableDefinition: () => false,
        Variable: ({ name }, _key, parent, path, ancestors) => {
          const type = types.getInputType();
          const use = {
            argument: argumentOf(path, parent ? [...ancestors, parent] : ancestors),
            isRequired: isNonNullType(type),
          };
          uses.set(name.value, [...(uses.get(name.value) ?? []), use]);
        },
      }),
    );
  }
  return uses;
}

/** The operation, and the fragments that it uses. */
function withItsFragments(document: DocumentNode, operation: OperationDefinitionNode) {
  const fragments = fragmentsOf(document);
  const reached = new Set<OperationDefinitionNode | FragmentDefinitionNode>([operation]);
  // Elements added during the loop are visited later.
  for (const definition of reached) {
    visit(definition, {
      FragmentSpread: ({ name }) => {
        const fragment = fragments.get(name.value);
        if (fragment !== undefined) reached.add(fragment);
      },
    });
  }
  return reached;
}

/** The names of the argument and input fields around a variable, and its indices in lists. */
function argumentOf(path: readonly (string | number)[], ancestors: readonly (ASTNode | readonly ASTNode[])[]): string {
  const names = ancestors.flatMap((ancestor, level): (string | number)[] => {
    if ('kind' in ancestor && (ancestor.kind === Kind.ARGUMENT || ancestor.kind === Kind.OBJECT_FIELD)) {
      return [ancestor.name.value];
    }
    const list = ancestors[level - 1];
    const index = path[level];
    const isItem = !('kind' in ancestor) && list !== undefined && 'kind' in list && list.kind === Kind.LIST;
    return isItem && index !== undefined ? [index] : [];
  });
  return names.join('.');
}
