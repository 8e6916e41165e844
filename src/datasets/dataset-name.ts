import { basename } from 'node:path';
import { cleanName, parseName } from '../platform/user-text.ts';

const MAX_NAME_LENGTH = 200;
const MAX_FILENAME_LENGTH = 255;

/** Validates a dataset name given by the user in a field of `input`. Throws BAD_USER_INPUT. */
export function parseDatasetName(name: string, input = 'input'): string {
  return parseName(name, { argument: `${input}.name`, what: "The dataset's name", maxLength: MAX_NAME_LENGTH });
}

/** The file name without folders and extension, made to fit: the user did not choose it, so it is never refused. */
export function defaultName(filename: string): string {
  return cleanName(basename(filename).replace(/\.[^.]*$/, ''), MAX_NAME_LENGTH) || 'dataset';
}

/** The file name without folders, fit to be shown and stored. */
export function cleanFilename(filename: string): string {
  return cleanName(basename(filename), MAX_FILENAME_LENGTH);
}
