import {
  defaultFieldResolver,
  type GraphQLInputType,
  type GraphQLObjectType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { badInput, InputErrors } from '../../errors.ts';
import { refuseInvalidText } from '../graphql/text-validation.ts';

/** As many columns as a file may have. */
const MAX_COLUMNS = 100_000;

/** Rows of one request for predictions. */
export const MAX_PREDICTION_ROWS = 1_000;

/** Maximum list lengths, by the coordinates of the argument or input field. A test compares the table with the schema. */
export const ARGUMENT_LENGTHS: Readonly<Record<string, number>> = {
  // As many as a page of columns.
  ...{ 'Dataset.columns(names:)': 1_000, 'DatasetReport.columns(names:)': 1_000 },
  ...{
    'Query.compareRuns(ids:)': 20,
    'TrainingRunFilter.statuses': 20,
    'BatchPredictionFilter.statuses': 20,
    'CsvOptionsInput.missingTokens': 1_000,
  },
  ...{
    'StartTrainingInput.tags': 20,
    'StartTrainingInput.monotone': 100,
    'UpdateTrainingRunInput.tags': 20,
    'UploadSession.parts(numbers:)': 100,
  },
  'Query.predict(rows:)': MAX_PREDICTION_ROWS,
  ...{ 'ImportModelInput.labels': 500, 'ImportModelInput.features': MAX_COLUMNS },
  ...{ 'StartTrainingInput.features': MAX_COLUMNS, 'CsvOptionsInput.columnKinds': MAX_COLUMNS },
};

/** Maximum characters of a text: names are limited to 200, and no other text is longer than a password. */
const MAX_TEXT_LENGTH = 20_000;

/** Checks the texts and list lengths of all arguments of a type's fields before any resolver runs. */
export function guardArguments(type: GraphQLObjectType): void {
  if (type.name.startsWith('__')) return;
  for (const field of Object.values(type.getFields())) {
    if (field.args.length === 0) continue;
    const { resolve = defaultFieldResolver, subscribe } = field;
    const check = (args: Record<string, unknown>) => {
      const errors = new InputErrors();
      for (const argument of field.args) {
        const value = args[argument.name];
        errors.collect(() => {
          refuseTooLong(argument.name, `${type.name}.${field.name}(${argument.name}:)`, argument.type, value);
          refuseInvalidText(argument.name, value);
        });
      }
      errors.throwIfAny();
    };
    field.resolve = (source, args: Record<string, unknown>, context, info) => {
      check(args);
      return resolve(source, args, context, info);
    };
    if (!subscribe) continue;
    field.subscribe = (source, args: Record<string, unknown>, context, info) => {
      check(args);
      return subscribe(source, args, context, info);
    };
  }
}

/** Throws BAD_USER_INPUT, with the path, for a text or a list that is too long. */
function refuseTooLong(path: string, coordinates: string, type: GraphQLInputType, value: unknown): void {
  if (value === null || value === undefined) return;
  if (isNonNullType(type)) refuseTooLong(path, coordinates, type.ofType, value);
  else if (isListType(type)) {
    const items = value as readonly unknown[];
    const limit = ARGUMENT_LENGTHS[coordinates] ?? 0;
    if (items.length > limit) throw badInput(path, `${path} may have at most ${limit} items; got ${items.length}.`);
    items.forEach((item, index) => {
      // There may be very many texts, so the path is only built for errors.
      if (typeof item !== 'string' || item.length > MAX_TEXT_LENGTH) {
        refuseTooLong(`${path}.${index}`, coordinates, type.ofType, item);
      }
    });
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      const part = (value as Readonly<Record<string, unknown>>)[field.name];
      refuseTooLong(`${path}.${field.name}`, `${type.name}.${field.name}`, field.type, part);
    }
  } else if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH) {
    throw badInput(path, `${path} may have at most ${MAX_TEXT_LENGTH} characters; got ${value.length}.`);
  }
}
