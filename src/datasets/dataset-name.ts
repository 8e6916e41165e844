import { basename } from 'node:path';
import { badInput } from '../errors.ts';

const MAX_NAME_LENGTH = 200;
const MAX_FILENAME_LENGTH = 255;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a name may not have.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/g;

/** The name of a dataset: the one that a user gave, or that of the file. Throws BAD_USER_INPUT for one that cannot be. */
export function datasetName(given: string | null, filename: string): string {
  return given === null ? defaultName(filename) : parseName(given);
}

function parseName(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > MAX_NAME_LENGTH || name.search(CONTROL_CHARACTERS) >= 0 || !name.isWellFormed()) {
    throw badInput(
      'input.name',
      `A dataset's name must have 1 to ${MAX_NAME_LENGTH} characters, none of them a control character.`,
      'Give input.name.',
    );
  }
  return name;
}

/** The file's name without its folders and its ending, made to fit: nobody chose it, so that nobody is told to mend it. */
function defaultName(filename: string): string {
  const stem = basename(filename).replace(/\.[^.]*$/, '');
  const name = stem.toWellFormed().replace(CONTROL_CHARACTERS, ' ').trim().slice(0, MAX_NAME_LENGTH);
  // The cut may have parted a surrogate pair, or have left a space at the end.
  return name.replace(/[\uD800-\uDBFF]$/, '').trim() || 'dataset';
}

/** The file's own name without its folders, fit to be shown and stored. */
export function cleanFilename(filename: string): string {
  return basename(filename).replaceAll('\0', '').toWellFormed().slice(0, MAX_FILENAME_LENGTH);
}
