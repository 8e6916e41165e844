import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { ErrorCode } from '../../errors.ts';
import { costOf } from '../graphql/field-cost.ts';
import { MAX_NAME_LENGTH, MAX_TOKENS, violationOfDocument, violationOfText } from './document-bounds.ts';
import { IntrospectionCost } from './introspection-cost.ts';
import { measureOperation, type Variables } from './measure-operation.ts';
import { violationOfVariables } from './variable-bounds.ts';
import { variableErrors } from './variable-errors.ts';

/** Deeper than any screen asks: datasets, edges, node, columns, numeric, histogram, from. */
const MAX_DEPTH = 12;

/** Each root field costs a transaction at least, however small its answer. */
const MAX_ROOT_FIELDS = 20;

/** Values that an operation may ask for, at the most: the answer of a full page of runs has some 5,000. */
const MAX_COST = 100_000;

/** The first mistakes of a document or of its variables; whoever has made more corrects these first. */
const MAX_ERRORS = 10;

/** An operation that a client asks for. */
export interface OperationRequest {
  readonly operationName: string | null;
  readonly variables: Variables;
}

/**
 * Decides of every operation, over HTTP and over WebSocket, whether it is executed. What takes time by the length of the
 * document comes first: a document that is too large for it, or asks for too much, is never compared with the schema.
 */
export class OperationRules {
  readonly #schema: GraphQLSchema;
  readonly #introspectionCost: IntrospectionCost;
  readonly #validated = new WeakSet<DocumentNode>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    this.#introspectionCost = new IntrospectionCost(schema);
  }

  /** Parses a query. Throws GRAPHQL_PARSE_FAILED where it cannot, or where the query is too long to try. */
  parse(query: string): DocumentNode {
    const violation = violationOfText(query);
    if (violation !== null) throw withCode(new GraphQLError(violation), 'GRAPHQL_PARSE_FAILED');
    try {
      return parse(query, { maxLexicalTokens: MAX_TOKENS });
    } catch (error) {
      const syntaxError =
        error instanceof GraphQLError ? error : new GraphQLError('The GraphQL document cannot be parsed.');
      throw withCode(syntaxError, 'GRAPHQL_PARSE_FAILED');
    }
  }

  /** Why an operation is not executed; empty where it may be. */
  refusalsOf(document: DocumentNode, { operationName, variables }: OperationRequest): readonly GraphQLError[] {
    const ofDocument = violationOfDocument(document);
    if (ofDocument !== null) return [withCode(new GraphQLError(ofDocument), 'GRAPHQL_VALIDATION_FAILED')];
    const operation = findOperation(document, operationName);
    if (operation === null)
      return [
        withCode(new GraphQLError('The document has no operation of that name.'), 'OPERATION_RESOLUTION_FAILURE'),
      ];
    const ofVariables = violationOfVariables(variables);
    if (ofVariables !== null) return [withCode(new GraphQLError(ofVariables), 'BAD_USER_INPUT')];
    const ofLimits = this.#limitViolation(document, operation, variables);
    if (ofLimits !== null)
      return [withCode(new GraphQLError(ofLimits, { nodes: operation }), 'GRAPHQL_VALIDATION_FAILED')];
    const errors = this.#validate(document);
    return errors.length > 0 ? errors : variableErrors(this.#schema, document, operation, variables, MAX_ERRORS);
  }

  /**
   * What is too much about an operation, or null: many levels, many root fields, or far more values than any screen
   * shows, such as the same list a hundred times under other names.
   */
  #limitViolation(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): string | null {
    const size = measureOperation(this.#schema, this.#introspectionCost, document, operation, variables);
    const once = Object.values(this.#schema.getRootType(operation.operation)?.getFields() ?? {}).filter(
      (field) => costOf(field).isOncePerOperation,
    );
    const repeated = once.find(({ name }) => size.rootFields.filter((field) => field.name.value === name).length > 1);
    return (
      tooMuch('levels', size.depth, MAX_DEPTH) ??
      tooMuch('root fields', size.rootFields.length, MAX_ROOT_FIELDS) ??
      tooMuch('values of the schema', size.introspection, this.#introspectionCost.limit) ??
      tooMuch('values', size.cost, MAX_COST) ??
      (repeated === undefined ? null : `${repeated.name} may be used once per operation.`)
    );
  }

  /** Each document that is kept is compared with the schema once. */
  #validate(document: DocumentNode): readonly GraphQLError[] {
    if (this.#validated.has(document)) return [];
    const errors = validate(this.#schema, document, specifiedRules, { maxErrors: MAX_ERRORS });
    if (errors.length === 0) this.#validated.add(document);
    return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
  }
}

function findOperation(document: DocumentNode, name: string | null): OperationDefinitionNode | null {
  return name !== null && name.length > MAX_NAME_LENGTH ? null : (getOperationAST(document, name) ?? null);
}

function tooMuch(what: string, count: number, limit: number): string | null {
  return count <= limit
    ? null
    : `The operation asks for ${count} ${what}; at most ${limit} are allowed. Split it into several.`;
}

function withCode(error: GraphQLError, code: ErrorCode): GraphQLError {
  // GraphQL over HTTP: an operation that is not executed is answered with a status of its own.
  Object.assign(error.extensions, { code, http: { status: 400 } });
  return error;
}
