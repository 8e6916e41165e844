import { type DocumentNode, type FieldNode, Kind, type OperationDefinitionNode } from 'graphql';
import { rootFieldsOf } from '../limits/root-fields.ts';

/** What stands for operations that cannot run. */
export const INVALID_OPERATION = 'invalid';

const TYPES = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;

/**
 * What an operation is called in logs and metrics: its root field (`Query.datasets`), `Query.several` for more than one,
 * `Query.introspection` for none. For a validated document: then there are only as many names as the schema has fields.
 */
export function operationLabel(document: DocumentNode, operation: OperationDefinitionNode): string {
  const names = new Set(rootFieldsOf(document, operation).map(({ name }: FieldNode) => name.value));
  const [first = 'introspection'] = names;
  return `${TYPES[operation.operation]}.${names.size > 1 ? 'several' : first}`;
}

/** The operation of a validated document that runs under a name, or the only one. */
export function labelOf(document: DocumentNode, operationName: string | null | undefined): string {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const operation = operationName ? operations.find(({ name }) => name?.value === operationName) : operations[0];
  return operation === undefined ? INVALID_OPERATION : operationLabel(document, operation);
}
