import { type Readable, Transform } from 'node:stream';
import { TrainyardError } from '../../errors.ts';

/** A file as it comes. */
export interface OpenFile {
  readonly filename: string;
  readonly stream: Readable;
}

/** The file of a multipart request: the value of a variable, from before it comes. */
export class FormFile {
  readonly #part: string;
  readonly #file = Promise.withResolvers<OpenFile>();
  #isOpened = false;

  /** `part`: the name of the form's part that it comes in. */
  constructor(part: string) {
    this.#part = part;
    // An operation need not ask for its file.
    this.#file.promise.catch(() => undefined);
  }

  /**
   * Waits until the file begins. Its stream ends when all of the form has been read, and found right. Throws BAD_REQUEST where
   * the form does not bring the file, or the operation uses it a second time.
   */
  async open(): Promise<OpenFile> {
    if (this.#isOpened)
      throw new TrainyardError(
        'BAD_REQUEST',
        `The operation uses the file of the part "${this.#part}" a second time.`,
        {
          hint: 'It comes once. Send a request for each field that takes it.',
        },
      );
    this.#isOpened = true;
    return await this.#file.promise;
  }

  /** The file begins. Gives how to break it off. */
  arrive(filename: string, content: Readable, wholeForm: Promise<void>): (error: Error) => void {
    const stream = endingWith(wholeForm);
    // Where nobody reads it, nobody hears that it broke off.
    stream.on('error', () => undefined);
    content.on('error', () => undefined);
    content.pipe(stream);
    this.#file.resolve({ filename, stream });
    return (error) => void stream.destroy(error);
  }

  /** The file does not come. */
  fail(error: Error): void {
    this.#file.reject(error);
  }
}

/** What is put in comes out, but its end only when the promise has come true; where it fails, that is the error. */
function endingWith(promise: Promise<void>): Transform {
  const stream = new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => void whenKept(promise, stream, done),
  });
  return stream;
}

async function whenKept(promise: Promise<void>, stream: Transform, call: () => void): Promise<void> {
  try {
    await promise;
  } catch (error) {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  call();
}
