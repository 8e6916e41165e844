import { basename } from 'node:path';
import { cleanName, parseName } from '../platform/user-text.ts';

const MAX_NAME_LENGTH = 200;
const MAX_FILENAME_LENGTH = 255;

/** The name that a user gave a dataset. Throws BAD_USER_INPUT for one that cannot be. */
export function parseDatasetName(name: string): string {
  return parseName(name, { argument: 'input.name', what: "The dataset's name", maxLength: MAX_NAME_LENGTH });
}

/** The file's name without its folders and its ending, made to fit: nobody chose it, so that nobody is told to mend it. */
export function defaultName(filename: string): string {
  return cleanName(basename(filename).replace(/\.[^.]*$/, ''), MAX_NAME_LENGTH) || 'dataset';
}

/** The file's own name without its folders, fit to be shown and stored. */
export function cleanFilename(filename: string): string {
  return cleanName(basename(filename), MAX_FILENAME_LENGTH);
}
