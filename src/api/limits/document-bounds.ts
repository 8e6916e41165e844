import { type DocumentNode, Kind, visit } from 'graphql';
import { fragmentsOf } from './fragments.ts';
import { findRepeatedField } from './merged-fields.ts';
import { violationOfNesting } from './nesting.ts';

/** Maximum characters of a document: ten times the longest of any front end. */
const MAX_DOCUMENT_LENGTH = 100_000;

/** Maximum tokens of a document: ten times the most of any front end. */
export const MAX_TOKENS = 3_000;

/**
 * Maximum length of the names of fields, aliases, variables, fragments and operations: the response repeats an alias for
 * every item of a list.
 */
export const MAX_NAME_LENGTH = 200;

/** GraphiQL sends the whole contents of its editor; nobody keeps more operations there. */
const MAX_OPERATIONS = 50;

/** Validation compares all pairs of fragments that meet in one selection. */
const MAX_FRAGMENTS = 100;

/** Maximum variables of one operation: validation searches for each of them in all fragments. */
const MAX_VARIABLES = 100;

/** Maximum fields with an alias in one document; a page that shows twenty lists under names of its own has a tenth. */
const MAX_ALIASES = 500;

/** Maximum directives in one document: each costs a check of its place and its arguments. */
const MAX_DIRECTIVES = 200;

/** Maximum nesting of selections and of values; no schema needs more. */
const MAX_NESTING = 100;
const MAX_VALUE_NESTING = 10;

/** Components of a page never select the same field of the same object more often. Validation compares all pairs. */
const MAX_COPIES = 40;

/** The limit that the text of a document violates, checked before it is parsed; null for none. */
export function violationOfText(query: string): string | null {
  if (query.length <= MAX_DOCUMENT_LENGTH) return violationOfNesting(query);
  return `The document has ${query.length} characters; at most ${MAX_DOCUMENT_LENGTH} are allowed.`;
}

/**
 * The limit that a parsed document violates; null for none. Validation compares fields, fragments and variables with each
 * other, so large ones would take long.
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
  let aliases = 0;
  let directives = 0;
  const deeper = () => {
    nesting += 1;
    if (nesting > MAX_NESTING) violation ??= `The document nests selections in more than ${MAX_NESTING} levels.`;
  };
  const deeperValue = () => {
    valueNesting += 1;
    if (valueNesting > MAX_VALUE_NESTING) {
      violation ??= `The document nests values in more than ${MAX_VALUE_NESTING} levels.`;
    }
  };
  const leave = () => {
    nesting -= 1;
  };
  const leaveValue = () => {
    valueNesting -= 1;
  };
  visit(document, {
    Name: ({ value }) => {
      if (value.length > MAX_NAME_LENGTH) {
        violation ??= `The name "${value.slice(0, 30)}…" is longer than ${MAX_NAME_LENGTH} characters.`;
      }
    },
    OperationDefinition: ({ variableDefinitions = [] }) => {
      violation ??= tooMany('variables', variableDefinitions.length, MAX_VARIABLES);
    },
    Field: ({ alias }) => {
      if (alias !== undefined) aliases += 1;
    },
    Directive: () => {
      directives += 1;
    },
    SelectionSet: { enter: deeper, leave },
    ListValue: { enter: deeperValue, leave: leaveValue },
    ObjectValue: { enter: deeperValue, leave: leaveValue },
    ListType: { enter: deeperValue, leave: leaveValue },
  });
  return violation ?? tooMany('aliases', aliases, MAX_ALIASES) ?? tooMany('directives', directives, MAX_DIRECTIVES);
}

function violationOfCopies(document: DocumentNode): string | null {
  const repeated = findRepeatedField(document, fragmentsOf(document), MAX_COPIES);
  if (repeated === null) return null;
  return `The document selects "${repeated}" more than ${MAX_COPIES} times in one place; give it once, or other aliases.`;
}
