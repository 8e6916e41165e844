import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy, { type Busboy } from 'busboy';
import { TrainyardError } from '../../errors.ts';
import { FormFile } from './form-file.ts';
import { badForm, parseMap, parseOperations, place, shown } from './form-parts.ts';

/** Texts beside `operations` and `map` are passed over, but not without an end. */
const MAX_TEXTS = 10;

const AS_TEXT = 'Append it as text, such as JSON.stringify(…), neither as a Blob nor with a filename.';

/**
 * Reads a GraphQL multipart request up to its file: gives the operation, in whose variables the file is. Throws BAD_REQUEST,
 * which names the part that is wrong; what is found wrong later breaks the file off.
 */
export async function readForm(request: IncomingMessage, maxTextBytes: number): Promise<unknown> {
  const form = new FormReader(request, parserOf(request, maxTextBytes), maxTextBytes);
  return await form.operations;
}

function parserOf({ headers }: IncomingMessage, maxTextBytes: number): Busboy {
  try {
    // A second file is seen, so that it can be named.
    const limits = { fieldSize: maxTextBytes, fields: MAX_TEXTS, files: 2 };
    return busboy({ headers, defParamCharset: 'utf8', limits });
  } catch {
    throw badForm('The content type of a form must be multipart/form-data, with the boundary of its parts.');
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
  /** The file that the map speaks of. */
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
      if (!request.complete) this.#refuse(badForm('The upload broke off before the form was complete.'));
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
    if (isCut)
      throw new TrainyardError(
        'PAYLOAD_TOO_LARGE',
        `The part ${shown(name)} is larger than ${this.#maxTextBytes} bytes.`,
      );
    if (name === 'operations') {
      if (this.#operations !== null) throw badForm('The part "operations" comes twice.');
      this.#operations = parseOperations(text);
    } else if (name === 'map') this.#readMap(text);
    else if (name === this.#file?.part)
      throw badForm(`The part ${shown(name)} has no file name, so that it is a text and no file.`);
  }

  #readMap(text: string): void {
    if (this.#hasMap) throw badForm('The part "map" comes twice.');
    if (this.#operations === null) throw badForm('The part "operations" is missing: it comes before the part "map".');
    this.#hasMap = true;
    const target = parseMap(text);
    if (target !== null) {
      this.#file = { part: target.part, value: new FormFile(target.part) };
      place(this.#operations, target, this.#file.value);
    }
    this.#ready.resolve(this.#operations);
  }

  #readFile(name: string, content: Readable, filename: string | undefined): void {
    // Whatever is thrown below ends the form, and this with it.
    content.on('error', () => undefined);
    if (name === 'operations' || name === 'map') throw badForm(`The part "${name}" was sent as a file.`, AS_TEXT);
    if (filename === undefined) throw badForm(`The part ${shown(name)} has no file name.`);
    if (this.#operations === null)
      throw badForm(`The part "operations" is missing: it comes before the file ${shown(name)}.`);
    if (!this.#hasMap) throw badForm(`The part "map" is missing: it comes before the file ${shown(name)}.`);
    if (this.#breakOff !== null) throw badForm(`The part ${shown(name)} is a second file: a request brings one.`);
    if (name !== this.#file?.part)
      throw badForm(`The part ${shown(name)} is a file that the part "map" does not name.`);
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

  /** The parser's own words speak of its inside. */
  #unreadable(error: unknown): TrainyardError {
    const where = this.#lastPart === null ? '' : ` after the part ${shown(this.#lastPart)}`;
    const isCut = error instanceof Error && error.message.startsWith('Unexpected end');
    return badForm(
      isCut
        ? `The form ends${where} without its last boundary.`
        : `The form cannot be read${where}: a part has no proper header.`,
    );
  }
}
