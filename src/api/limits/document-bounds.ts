import { type DocumentNode, Kind, visit } from 'graphql';
import { fragmentsOf } from './fragments.ts';
import { findRepeatedField } from './merged-fields.ts';

/** Characters of a document: ten times the longest that a front end sends. */
const MAX_DOCUMENT_LENGTH = 100_000;

/** Words and signs of a document: ten times the most that a front end sends. */
export const MAX_TOKENS = 3_000;

/** Names of fields, aliases, variables, fragments and operations: the answer repeats an alias for every item of a list. */
export const MAX_NAME_LENGTH = 200;

/** GraphiQL sends all of its editor; more than so many operations nobody keeps there. */
const MAX_OPERATIONS = 50;

/** Every two fragments that meet in one place are compared with each other. */
const MAX_FRAGMENTS = 100;

/** Of one operation. All of them are looked for in all fragments. */
const MAX_VARIABLES = 100;

/** Selections within each other, and values within each other, that no schema asks for. */
const MAX_NESTING = 100;
const MAX_VALUE_NESTING = 10;

/** More components of a page never select the same field of the same thing. Every two of them are compared. */
const MAX_COPIES = 40;

/** What is too much about the text of a document, before it is parsed; null for nothing. */
export function violationOfText(query: string): string | null {
  if (query.length <= MAX_DOCUMENT_LENGTH) return null;
  return `The document has ${query.length} characters; at most ${MAX_DOCUMENT_LENGTH} are allowed.`;
}

/**
 * What of a parsed document would make its validation, which compares fields, fragments and variables with each other, long;
 * null for nothing.
 */
export function violationOfDocument(document: DocumentNode): string | null {
  const { definitions } = document;
  const operations = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length;
  return (
    tooMany('operations', operations, MAX_OPERATIONS) ??
    tooMany('fragments', definitions.length - operations, MAX_FRAGMENTS) ??
    violationOfNodes(document) ??
    violationOfCopies(document)
  );
}

function tooMany(what: string, count: number, limit: number): string | null {
  return count <= limit ? null : `The document has ${count} ${what}; at most ${limit} are allowed.`;
}

function violationOfNodes(document: DocumentNode): string | null {
  let violation: string | null = null;
  let nesting = 0;
  let valueNesting = 0;
  const deeper = () => {
    nesting += 1;
    if (nesting > MAX_NESTING) violation ??= `The document nests selections in more than ${MAX_NESTING} levels.`;
  };
  const deeperValue = () => {
    valueNesting += 1;
    if (valueNesting > MAX_VALUE_NESTING)
      violation ??= `The document nests values in more than ${MAX_VALUE_NESTING} levels.`;
  };
  const leave = () => {
    nesting -= 1;
  };
  const leaveValue = () => {
    valueNesting -= 1;
  };
  visit(document, {
    Name: ({ value }) => {
      if (value.length > MAX_NAME_LENGTH)
        violation ??= `The name "${value.slice(0, 30)}…" is longer than ${MAX_NAME_LENGTH} characters.`;
    },
    OperationDefinition: ({ variableDefinitions = [] }) => {
      violation ??= tooMany('variables', variableDefinitions.length, MAX_VARIABLES);
    },
    SelectionSet: { enter: deeper, leave },
    ListValue: { enter: deeperValue, leave: leaveValue },
    ObjectValue: { enter: deeperValue, leave: leaveValue },
    ListType: { enter: deeperValue, leave: leaveValue },
  });
  return violation;
}

function violationOfCopies(document: DocumentNode): string | null {
  const repeated = findRepeatedField(document, fragmentsOf(document), MAX_COPIES);
  if (repeated === null) return null;
  return `The document selects "${repeated}" more than ${MAX_COPIES} times in one place; give it once, or other aliases.`;
}
