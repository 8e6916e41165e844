import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { Config } from '../../config.ts';
import { type ErrorCode, TrainyardError } from '../../errors.ts';
import { costOf } from '../graphql/field-cost.ts';
import { MAX_NAME_LENGTH, MAX_TOKENS, violationOfDocument, violationOfText } from './document-bounds.ts';
import { IntrospectionCost } from './introspection-cost.ts';
import { measureOperation, type Variables } from './measure-operation.ts';
import { jsonVariablesOf, violationOfVariables } from './variable-bounds.ts';
import { variableErrors } from './variable-errors.ts';

/** Deeper than any page needs: datasets, edges, node, columns, numeric, histogram, from. */
export const MAX_DEPTH = 12;

/** Each root field costs at least one transaction, however small its result. */
const MAX_ROOT_FIELDS = 20;

/** Maximum values of an operation; a full page of runs has about 5,000. */
const MAX_COST = 100_000;

/** Maximum number of reported errors of a document or its variables; the others are reported once these are fixed. */
const MAX_ERRORS = 10;

/** A requested operation. */
export interface OperationRequest {
  readonly operationName: string | null;
  readonly variables: Variables;
}

/**
 * Decides whether an operation may be executed, over HTTP and WebSocket alike. Limits that protect validation are checked
 * first: a document that is too large is never validated.
 */
export class OperationRules {
  readonly #schema: GraphQLSchema;
  readonly #introspectionCost: IntrospectionCost;
  readonly #hidesSchema: boolean;
  readonly #validated = new WeakSet<DocumentNode>();

  constructor(schema: GraphQLSchema, { INTROSPECTION }: Pick<Config, 'INTROSPECTION'>) {
    this.#schema = schema;
    this.#hidesSchema = !INTROSPECTION;
    this.#introspectionCost = new IntrospectionCost(schema);
  }

  /** Parses a query. Throws GRAPHQL_PARSE_FAILED if it is invalid, or too long to try. */
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

  /** The errors that keep an operation from being executed; empty if it may be. */
  refusalsOf(document: DocumentNode, { operationName, variables }: OperationRequest): readonly GraphQLError[] {
    const ofDocument = this.#validated.has(document) ? null : violationOfDocument(document);
    if (ofDocument !== null) return [withCode(new GraphQLError(ofDocument), 'GRAPHQL_VALIDATION_FAILED')];
    const operation = findOperation(document, operationName);
    if (operation === null) {
      return [
        withCode(new GraphQLError('The document has no operation of that name.'), 'OPERATION_RESOLUTION_FAILURE'),
      ];
    }
    const ofVariables = violationOfVariables(variables, jsonVariablesOf(operation));
    if (ofVariables !== null) return [withCode(new GraphQLError(ofVariables), 'BAD_USER_INPUT')];
    const ofLimits = this.#limitViolation(document, operation, variables);
    if (ofLimits !== null) {
      return [withCode(new GraphQLError(ofLimits, { nodes: operation }), 'GRAPHQL_VALIDATION_FAILED')];
    }
    const errors = this.#validate(document);
    if (errors.length > 0) return errors;
    const ofValues = variableErrors(this.#schema, document, operation, variables, MAX_ERRORS);
    return this.#hidesSchema ? ofValues.map(withoutSuggestions) : ofValues;
  }

  /**
   * The limit that an operation violates: depth, root fields, or far more values than any page shows, such as the same list
   * a hundred times under aliases. Null for none.
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

  /** Cached documents are validated once. */
  #validate(document: DocumentNode): readonly GraphQLError[] {
    if (this.#validated.has(document)) return [];
    const rules = this.#hidesSchema ? [...specifiedRules, NoSchemaIntrospectionCustomRule] : specifiedRules;
    const errors = validate(this.#schema, document, rules, { maxErrors: MAX_ERRORS });
    if (errors.length === 0) this.#validated.add(document);
    const shown = this.#hidesSchema ? errors.map(withoutSuggestions) : errors;
    return shown.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
  }
}

function findOperation(document: DocumentNode, name: string | null): OperationDefinitionNode | null {
  return name !== null && name.length > MAX_NAME_LENGTH ? null : (getOperationAST(document, name) ?? null);
}

/** Names of the schema that the client did not send itself come in one place: a question at the end of a message. */
function withoutSuggestions({ message, nodes, originalError }: GraphQLError): GraphQLError {
  const shown = cutSuggestion(message);
  if (!(originalError instanceof TrainyardError)) return new GraphQLError(shown, { nodes: nodes ?? null });
  const { code, message: text, details } = originalError;
  const cause = new TrainyardError(code, cutSuggestion(text), details);
  return new GraphQLError(shown, { nodes: nodes ?? null, originalError: cause });
}

function cutSuggestion(message: string): string {
  return message.replace(/ Did you mean .*\?/s, '');
}

function tooMuch(what: string, count: number, limit: number): string | null {
  return count <= limit
    ? null
    : `The operation asks for ${count} ${what}; at most ${limit} are allowed. Split it into several.`;
}

function withCode(error: GraphQLError, code: ErrorCode): GraphQLError {
  // GraphQL over HTTP: an operation that is not executed has a status of its own.
  Object.assign(error.extensions, { code, http: { status: 400 } });
  return error;
}
