import { Readable } from 'node:stream';
import { FaultError } from '../../fault.ts';
import { toFault } from './s3-errors.ts';

/** A store that sends nothing for this long has stalled. */
const STALL_MILLISECONDS = 30_000;

/**
 * The bytes of a stream of the store, which fails with a FaultError where the store sends nothing for too long. Only the time
 * counts for which a reader waits: one that reads slowly is no fault of the store.
 */
export function failsWhenStalled(
  source: Readable,
  onBytes: (bytes: number) => void = () => undefined,
  stallMilliseconds = STALL_MILLISECONDS,
): Readable {
  return Readable.from(chunksOf(source, onBytes, stallMilliseconds), { objectMode: false, highWaterMark: 64 * 1024 });
}

async function* chunksOf(
  source: Readable,
  onBytes: (bytes: number) => void,
  stallMilliseconds: number,
): AsyncGenerator<Buffer> {
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    timer = setTimeout(() => source.destroy(new FaultError('NO_ANSWER')), stallMilliseconds);
  };
  try {
    wait();
    for await (const chunk of source as AsyncIterable<Buffer>) {
      clearTimeout(timer);
      onBytes(chunk.length);
      yield chunk;
      wait();
    }
  } catch (error) {
    throw toFault(error);
  } finally {
    clearTimeout(timer);
    source.destroy();
  }
}
