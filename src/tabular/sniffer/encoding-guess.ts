import { isAscii } from 'node:buffer';
import { createRequire } from 'node:module';
import { TextDecoder } from 'node:util';
import { ByteSource, encodingOf, type SourceSpan, Utf8Detector } from '../scan/byte-source.ts';

/** The encoding that a file is in without saying so, as far as its letters show. */
export interface EncodingGuess {
  /** The canonical name of the WHATWG Encoding Standard. */
  readonly encoding: string;
  /** True where the letters do not look like words in it. */
  readonly isUnsure: boolean;
}

/** Encodings that are detected beside UTF-8, windows-1252 and windows-1251, and whose letters it has. */
const LANGUAGES: Readonly<Record<string, string>> = {
  'windows-1252': 'Western European',
  'windows-1251': 'Cyrillic',
  'windows-1250': 'Central European',
  'iso-8859-2': 'Central European',
  'windows-1253': 'Greek',
  'iso-8859-7': 'Greek',
  'windows-1254': 'Turkish',
  'windows-1255': 'Hebrew',
  'windows-1256': 'Arabic',
  'windows-1257': 'Baltic',
  'windows-874': 'Thai',
  'koi8-r': 'Cyrillic',
  'koi8-u': 'Cyrillic',
  'iso-8859-5': 'Cyrillic',
  ibm866: 'Cyrillic',
  'x-mac-cyrillic': 'Cyrillic',
  macintosh: 'Western European',
  shift_jis: 'Japanese',
  'euc-jp': 'Japanese',
  gb18030: 'Chinese',
  gbk: 'Chinese',
  big5: 'Chinese',
  'euc-kr': 'Korean',
  'utf-16le': 'Unicode',
  'utf-16be': 'Unicode',
};

/** Names that the detector has for encodings which TextDecoder calls otherwise. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  cp949: 'euc-kr',
  cp874: 'windows-874',
  'tis-620': 'windows-874',
  maccyrillic: 'x-mac-cyrillic',
  macroman: 'macintosh',
  gbk: 'gb18030',
  gb2312: 'gb18030',
};

/** Encodings of several bytes a letter: chance makes their words of other text hardly ever. */
const WIDE = new Set(['shift_jis', 'euc-jp', 'gb18030', 'big5', 'euc-kr']);

/** More words do not improve the guess. */
const BYTES_OF_WORDS = 1 << 14;
const CHUNK_BYTES = 1 << 18;

/** The detector's confidence is small for a few words. Below this they mean nothing. */
const MIN_CONFIDENCE = 0.03;
/** Encodings of several bytes a letter have to be so much likelier than all of one byte, and fill so much of the words. */
const MIN_MULTIBYTE_RATIO = 3;
const MIN_MULTIBYTE_FRACTION = 0.5;
/** windows-1252 is what most such files are in: others have to be likelier by this. */
const MIN_CONFIDENCE_RATIO = 1.1;
/** Maximum share of improbable characters among those beyond ASCII. */
const MAX_GARBLED_FRACTION = 0.1;

/** "Japanese" for shift_jis and so on; null for unsupported encodings. */
export function languageOf(encoding: string): string | null {
  return LANGUAGES[encoding] ?? null;
}

/**
 * Detects the encoding of a file, or of the part that the span covers: UTF-8 where its characters are; else
 * what jschardet takes its words for, if it is certain enough; else Western European or Cyrillic, by how the bytes stand together.
 *
 * @throws the file system's error
 */
export function guessEncoding(path: string, span: SourceSpan): EncodingGuess {
  const detector = new Utf8Detector();
  const words = new WordSample();
  const source = new ByteSource(path, 'utf-8', { skip: span.skip, end: span.end });
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const count = source.read(buffer, 0, buffer.length);
      if (count === 0) break;
      const chunk = buffer.subarray(0, count);
      detector.add(chunk);
      words.add(chunk);
    }
  } finally {
    source.close();
  }
  const usual = encodingOf(detector.counts);
  return usual === 'utf-8' ? { encoding: usual, isUnsure: false } : guessByWords(words.bytes, usual);
}

/** The different words beyond ASCII of a file, the first ones. */
class WordSample {
  readonly #words = new Set<string>();
  #size = 0;

  add(chunk: Buffer): void {
    if (this.#size >= BYTES_OF_WORDS || isAscii(chunk)) return;
    // No byte of these can be part of a longer character, but for digits in a few of GB 18030.
    for (const word of chunk.toString('latin1').split(/[\t\r\n",;0-9]+/)) {
      if (!/[\u0080-\u00ff]/.test(word) || word.length > 1000 || this.#words.has(word)) continue;
      this.#words.add(word);
      this.#size += word.length + 1;
      if (this.#size >= BYTES_OF_WORDS) return;
    }
  }

  get bytes(): Buffer {
    return Buffer.from([...this.#words].join('\n'), 'latin1');
  }
}

function guessByWords(words: Buffer, usual: string): EncodingGuess {
  const western = decoded(words, 'windows-1252');
  const encoding = hasLetters(western) ? (likeliest(words, western) ?? usual) : usual;
  return { encoding, isUnsure: looksGarbled(decoded(words, encoding)) };
}

/** The encoding that the detector prefers among those that are supported; null where it is not certain enough. */
function likeliest(words: Buffer, western: string): string | null {
  const ranking = new Map<string, number>();
  for (const { encoding, confidence } of detect(words)) {
    const known = knownEncoding(encoding);
    if (known !== null && !ranking.has(known)) ranking.set(known, confidence);
  }
  const [best, confidence] = [...ranking].reduce((top, entry) => (entry[1] > top[1] ? entry : top), ['', 0]);
  if (confidence < MIN_CONFIDENCE) return null;
  const isWide = WIDE.has(best);
  const text = decoded(words, best);
  // Most accented letters of the West have the same code in the encodings of its neighbours.
  if (text === western) return 'windows-1252';
  if (!isWide && confidence < (ranking.get('windows-1252') ?? 0) * MIN_CONFIDENCE_RATIO) return 'windows-1252';
  return isWide && !isWideText(words, text, confidence, ranking) ? null : best;
}

function knownEncoding(name: string | null): string | null {
  const lower = (name ?? '').toLowerCase();
  const encoding = OTHER_NAMES[lower] ?? lower;
  return encoding in LANGUAGES ? encoding : null;
}

/** Whether words are what an encoding of several bytes a letter makes of them, and not accents that fell together. */
function isWideText(words: Buffer, text: string, confidence: number, ranking: ReadonlyMap<string, number>): boolean {
  const narrow = Math.max(0, ...[...ranking].map(([encoding, value]) => (WIDE.has(encoding) ? 0 : value)));
  const beyond = words.reduce((count, byte) => count + (byte >= 0x80 ? 1 : 0), 0);
  // More than a damaged character here and there.
  const isBroken = text.split('\ufffd').length - 1 > text.length / 50;
  return !isBroken && confidence >= narrow * MIN_MULTIBYTE_RATIO && beyond >= words.length * MIN_MULTIBYTE_FRACTION;
}

/** Loaded only for files that are not UTF-8: its models of languages take a quarter of a second. */
function detect(words: Buffer): readonly { readonly encoding: string | null; readonly confidence: number }[] {
  const { detectAll } = createRequire(import.meta.url)('jschardet') as typeof import('jschardet');
  return detectAll(words);
}

function decoded(bytes: Buffer, encoding: string): string {
  return new TextDecoder(encoding).decode(bytes);
}

/** Whether text has letters beyond ASCII, and not only signs such as those of degrees and pounds. */
function hasLetters(text: string): boolean {
  return /[^\p{ASCII}\P{L}ªºµ]/u.test(text);
}

/**
 * Whether words do not look like any: with signs between their letters, capitals behind small letters, or characters that
 * are none.
 */
function looksGarbled(text: string): boolean {
  const beyond = text.match(/\P{ASCII}/gu)?.length ?? 0;
  const signs =
    text.match(/(?<=\p{L})[^\p{ASCII}\p{L}\p{M}\p{Nd}\p{Zs}’‘ʼ·°º–—“”„…®™€£²³ー]|[\ufffd\u0080-\u009f]/gu)?.length ?? 0;
  const superscripts = text.match(/(?<=\p{L})[²³¹](?=\p{L})/gu)?.length ?? 0;
  const capitals = text.match(/(?<=[^\p{ASCII}\P{Ll}])[^\p{ASCII}\P{Lu}]/gu)?.length ?? 0;
  return signs + superscripts + capitals > beyond * MAX_GARBLED_FRACTION;
}
