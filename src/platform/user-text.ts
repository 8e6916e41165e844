import { badInput } from '../errors.ts';

/**
 * What makes two texts look the same that are not, or one look like another: control, format (bidirectional overrides,
 * zero-width characters), private, unassigned and half characters, line separators, letters that show nothing, and two signs
 * that Unicode takes for visible: the Braille pattern without a dot, and the note without a head.
 */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}]/u;
const EVERY_INVISIBLE = new RegExp(INVISIBLE, 'gu');

/**
 * Where such a character is part of the script: joiners within Persian words, in Indic conjuncts and in emoji made of
 * several, and the choice of how an emoji is drawn.
 */
const PART_OF_SCRIPT =
  /((?<=[\p{Script=Arabic}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]|\uFE0F)[\u200C\u200D](?=[\p{L}\p{Extended_Pictographic}])|(?<=\p{Emoji})(?:\uFE0E|\uFE0F))/gu;

/** Four characters at most become one, and a name or an address has at most 320. */
const MAX_COMPOSED_LENGTH = 4_000;

/** What a name that a user gives has to be. */
export interface NameRule {
  /** The argument that it is given in. */
  readonly argument: string;
  /** How the message begins: `The name`. */
  readonly what: string;
  readonly maxLength: number;
}

/**
 * Normalises a name for storage: composed (NFC), so that names that look the same are equal, and trimmed. Throws
 * BAD_USER_INPUT for the argument if it is empty, too long, or contains an invisible character.
 */
export function parseName(text: string, { argument, what, maxLength }: NameRule): string {
  const name = composed(text.trim());
  const invisible = invisibleIn(name);
  if (invisible !== null) {
    throw badInput(argument, `${what} has the character ${invisible}, which is invisible.`, 'Remove it.');
  }
  if (name !== '' && name.length <= maxLength) return name;
  throw badInput(argument, `${what} must have 1 to ${maxLength} characters; it has ${name.length}.`);
}

/** The same for a name that the user did not choose, such as a file name: invalid characters become spaces. May be empty. */
export function cleanName(text: string, maxLength: number): string {
  const parts = composed(text.slice(0, MAX_COMPOSED_LENGTH).toWellFormed()).split(PART_OF_SCRIPT);
  const name = parts.map((part, index) => (index % 2 === 0 ? part.replace(EVERY_INVISIBLE, ' ') : part)).join('');
  // The cut may have parted a surrogate pair, or have left a space at the end.
  return name
    .trim()
    .slice(0, maxLength)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trim();
}

/** An e-mail address as it is stored: composed, in lower case, without spaces around it. */
export function composedEmail(text: string): string {
  return composed(composed(text.trim()).toLowerCase());
}

/** The same without what cannot be seen, which addresses of earlier versions may have. */
export function canonicalEmail(text: string): string {
  return composedEmail(text.replace(EVERY_INVISIBLE, ''));
}

/** The first character that cannot be seen, as `U+202E`; null for none. Those that are part of a script may be let pass. */
export function invisibleIn(text: string, { isScript = true } = {}): string | null {
  const [found] = INVISIBLE.exec(isScript ? text.replace(PART_OF_SCRIPT, '') : text) ?? [];
  return found === undefined ? null : `U+${found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * The text in composed letters (NFC), as names are stored. One that is too long for a name or an address is not composed:
 * bringing n marks into canonical order takes up to n² steps, which for a text of 1 MB are minutes.
 */
export function composed(text: string): string {
  return text.length > MAX_COMPOSED_LENGTH ? text : text.normalize('NFC');
}
