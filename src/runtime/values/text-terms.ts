/** Of a longer text the first words count. */
const MAX_WORDS = 1000;

/**
 * Runs of letters, marks and digits, as Unicode has them; longer ones are cut, because bringing a million marks into canonical
 * order takes minutes.
 */
const WORD = /[\p{L}\p{M}\p{N}]{1,64}/gu;

/**
 * The terms of a text, each once, in the order in which they come: hashes of its words, in lower case and Unicode NFC, and of its
 * pairs of neighbouring words, with a space between them.
 */
export function textTerms(text: string): Set<number> {
  const terms = new Set<number>();
  let [words, last] = [0, ''];
  for (const [match] of text.toLowerCase().matchAll(WORD)) {
    if (++words > MAX_WORDS) break;
    const word = match.normalize();
    terms.add(hashOf(word));
    if (last) terms.add(hashOf(`${last} ${word}`));
    last = word;
  }
  return terms;
}

/** FNV-1a of 32 bits, over code points instead of bytes (Fowler, Noll and Vo). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  // A character has a code point.
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}
