/** More than any request nests: its variables have ten levels at most, and nothing else of it has many. */
const MAX_JSON_NESTING = 100;

/** Selections may have a hundred levels, each with an argument that has some. */
const MAX_DOCUMENT_NESTING = 250;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `]`; with 32 more they are `{` and `}`. */
const OPENING = 0x5b;
const CLOSING = 0x5d;

/**
 * Whether a JSON text nests values too deeply, which is found without recursion: whatever walks such a value later may not have
 * the stack for it, as `JSON.stringify` has not.
 */
export function nestsTooDeeply(json: Buffer): boolean {
  let depth = 0;
  let isString = false;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index]!;
    if (isString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) isString = false;
    } else if (byte === QUOTE) isString = true;
    else if (byte === OPENING || byte === OPENING + 32) {
      depth += 1;
      if (depth > MAX_JSON_NESTING) return true;
    } else if (byte === CLOSING || byte === CLOSING + 32) depth -= 1;
  }
  return false;
}

/** The limit that the brackets of a GraphQL document violate, before it is parsed, which is recursive; null for none. */
export function violationOfNesting(document: string): string | null {
  let depth = 0;
  for (let index = 0; index < document.length; index++) {
    const character = document.charAt(index);
    if (character === '"') index = endOfString(document, index);
    else if (character === '#') index = endOfLine(document, index);
    else if ('[({'.includes(character)) {
      depth += 1;
      if (depth > MAX_DOCUMENT_NESTING) {
        return `The document nests brackets in more than ${MAX_DOCUMENT_NESTING} levels.`;
      }
    } else if ('])}'.includes(character)) depth -= 1;
  }
  return null;
}

/** The index of the last quote of the string, or block string, that begins at an index; or of the end, where it has none. */
function endOfString(document: string, start: number): number {
  if (document.startsWith('"""', start)) {
    for (let from = start + 3; ; from += 3) {
      const quotes = document.indexOf('"""', from);
      if (quotes === -1) return document.length;
      if (document.charAt(quotes - 1) !== '\\') return quotes + 2;
      from = quotes;
    }
  }
  for (let index = start + 1; index < document.length; index++) {
    const character = document.charAt(index);
    if (character === '\\') index += 1;
    else if (character === '"' || character === '\n' || character === '\r') return index;
  }
  return document.length;
}

function endOfLine(document: string, start: number): number {
  for (let index = start; index < document.length; index++) if (/[\n\r]/.test(document.charAt(index))) return index;
  return document.length;
}
