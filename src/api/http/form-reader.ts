import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy, { type Busboy } from 'busboy';
import { TrainyardError } from '../../errors.ts';
import { FormFile } from './form-file.ts';
import { badForm, insertFile, parseMap, parseOperations, shown } from './form-parts.ts';

/** Other text parts are ignored, up to this number. */
const MAX_TEXTS = 10;

const AS_TEXT = 'Append it as text, such as JSON.stringify(…), not as a Blob or with a filename.';

/**
 * Reads a GraphQL multipart request up to its file: returns the operation, with the file in its variables. Throws BAD_REQUEST,
 * which names the invalid part; later errors abort the file.
 */
export async function readForm(request: IncomingMessage, maxTextBytes: number): Promise<unknown> {
  const form = new FormReader(request, parserOf(request, maxTextBytes), maxTextBytes);
  return await form.operations;
}

function parserOf({ headers }: IncomingMessage, maxTextBytes: number): Busboy {
  try {
    // Two, so that a second file can be named in the error.
    const limits = { fieldSize: maxTextBytes, fields: MAX_TEXTS, files: 2 };
    return busboy({ headers, defParamCharset: 'utf8', limits });
  } catch {
    throw badForm('The content type must be multipart/form-data with a boundary.');
  }
}

class FormReader {
  readonly #request: IncomingMessage;
  readonly #parser: Busboy;
  readonly #maxTextBytes: number;
  readonly #ready = Promise.withResolvers<unknown>();
  readonly #whole = Promise.withResolvers<void>();
  #operations: Record<string, unknown> | null = null;
  #hasMap = false;
  /** The file that the map names. */
  #file: { readonly part: string; readonly value: FormFile } | null = null;
  #breakOff: ((error: Error) => void) | null = null;
  #lastPart: string | null = null;
  #isOver = false;

  constructor(request: IncomingMessage, parser: Busboy, maxTextBytes: number) {
    this.#request = request;
    this.#parser = parser;
    this.#maxTextBytes = maxTextBytes;
    this.#whole.promise.catch(() => undefined);
    parser.on('field', (name, text, { valueTruncated }) => {
      this.#read(name, () => this.#readText(name, text, valueTruncated));
    });
    parser.on('file', (name, content, { filename }: { filename?: string }) => {
      this.#read(name, () => this.#readFile(name, content, filename));
    });
    parser.on('fieldsLimit', () => this.#refuse(badForm(`The form has more than ${MAX_TEXTS} parts of text.`)));
    parser.on('error', (error) => this.#refuse(this.#unreadable(error)));
    parser.on('close', () => this.#end());
    request.once('close', () => {
      if (!request.complete) this.#refuse(badForm('The upload was interrupted before the form was complete.'));
    });
    request.pipe(parser);
  }

  /** Resolves when the map has been read: the file begins after it. */
  get operations(): Promise<unknown> {
    return this.#ready.promise;
  }

  #read(name: string, read: () => void): void {
    if (this.#isOver) return;
    this.#lastPart = name;
    try {
      read();
    } catch (error) {
      this.#refuse(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #readText(name: string, text: string, isCut: boolean): void {
    if (isCut) {
      throw new TrainyardError(
        'PAYLOAD_TOO_LARGE',
        `The part ${shown(name)} is larger than ${this.#maxTextBytes} bytes.`,
      );
    }
    if (name === 'operations') {
      if (this.#operations !== null) throw badForm('The part "operations" was sent twice.');
      this.#operations = parseOperations(text);
    } else if (name === 'map') this.#readMap(text);
    else if (name === this.#file?.part) throw badForm(`The part ${shown(name)} has no file name, so it is not a file.`);
  }

  #readMap(text: string): void {
    if (this.#hasMap) throw badForm('The part "map" was sent twice.');
    if (this.#operations === null) {
      throw badForm('The part "operations" is missing: it must come before the part "map".');
    }
    this.#hasMap = true;
    const target = parseMap(text);
    if (target !== null) {
      this.#file = { part: target.part, value: new FormFile(target.part) };
      insertFile(this.#operations, target, this.#file.value);
    }
    this.#ready.resolve(this.#operations);
  }

  #readFile(name: string, content: Readable, filename: string | undefined): void {
    // An error below ends the form, and this stream with it.
    content.on('error', () => undefined);
    if (name === 'operations' || name === 'map') throw badForm(`The part "${name}" was sent as a file.`, AS_TEXT);
    if (filename === undefined) throw badForm(`The part ${shown(name)} has no file name.`);
    if (this.#operations === null) {
      throw badForm(`The part "operations" is missing: it must come before the file ${shown(name)}.`);
    }
    if (!this.#hasMap) throw badForm(`The part "map" is missing: it must come before the file ${shown(name)}.`);
    if (this.#breakOff !== null) throw badForm(`The part ${shown(name)} is a second file: only one is allowed.`);
    if (name !== this.#file?.part) {
      throw badForm(`The part ${shown(name)} is a file that the part "map" does not name.`);
    }
    this.#breakOff = this.#file.value.arrive(filename, content, this.#whole.promise);
  }

  /** Everything has been read. */
  #end(): void {
    const missing = this.#missingPart();
    if (missing !== null) this.#refuse(badForm(missing));
    this.#isOver = true;
    this.#whole.resolve();
  }

  #missingPart(): string | null {
    if (this.#operations === null) return 'The part "operations" is missing.';
    if (!this.#hasMap) return 'The part "map" is missing.';
    if (this.#file === null || this.#breakOff !== null) return null;
    return `The part ${shown(this.#file.part)} is missing: the part "map" names it.`;
  }

  #refuse(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ready.reject(error);
    this.#whole.reject(error);
    this.#file?.value.fail(error);
    this.#breakOff?.(error);
    this.#request.unpipe(this.#parser);
    this.#parser.destroy();
  }

  /** The parser's own messages are about its internals. */
  #unreadable(error: unknown): TrainyardError {
    const where = this.#lastPart === null ? '' : ` after the part ${shown(this.#lastPart)}`;
    const isCut = error instanceof Error && error.message.startsWith('Unexpected end');
    return badForm(
      isCut
        ? `The form ends${where} without its last boundary.`
        : `The form cannot be read${where}: a part has an invalid header.`,
    );
  }
}
