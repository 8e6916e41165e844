import { type Readable, Transform } from 'node:stream';
import { TrainyardError } from '../../errors.ts';

/** A file that is being received. */
export interface OpenFile {
  readonly filename: string;
  readonly stream: Readable;
}

/** The file of a multipart request: the value of its variable, available before the file arrives. */
export class FormFile {
  readonly #part: string;
  readonly #file = Promise.withResolvers<OpenFile>();
  #isOpened = false;

  /** `part`: the name of its part of the form. */
  constructor(part: string) {
    this.#part = part;
    // An operation need not use its file.
    this.#file.promise.catch(() => undefined);
  }

  /**
   * Waits until the file begins. Its stream ends when the whole form has been read and is valid. Throws BAD_REQUEST if the form
   * does not contain the file, or the operation uses it twice.
   */
  async open(): Promise<OpenFile> {
    if (this.#isOpened) {
      throw new TrainyardError(
        'BAD_REQUEST',
        `The operation uses the file of the part "${this.#part}" a second time.`,
        {
          hint: 'A file can be used once. Send one request for each field that takes it.',
        },
      );
    }
    this.#isOpened = true;
    return await this.#file.promise;
  }

  /** The file begins. Returns a function that aborts it. */
  arrive(filename: string, content: Readable, wholeForm: Promise<void>): (error: Error) => void {
    const stream = endingWith(wholeForm);
    // Errors of an unused file are ignored.
    stream.on('error', () => undefined);
    content.on('error', () => undefined);
    content.pipe(stream);
    this.#file.resolve({ filename, stream });
    return (error) => void stream.destroy(error);
  }

  /** The file does not arrive. */
  fail(error: Error): void {
    this.#file.reject(error);
  }
}

/** A pass-through stream that ends only when the promise is fulfilled; a rejection is its error. */
function endingWith(promise: Promise<void>): Transform {
  const stream = new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => void afterPromise(promise, stream, done),
  });
  return stream;
}

async function afterPromise(promise: Promise<void>, stream: Transform, call: () => void): Promise<void> {
  try {
    await promise;
  } catch (error) {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  call();
}
