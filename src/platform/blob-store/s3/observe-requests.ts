import type { S3Client } from '@aws-sdk/client-s3';
import type { StoreObserver } from '../store-observer.ts';
import { isNotFound, toFault } from './s3-errors.ts';

/** Tells the observer of every request of a client, and of the bytes of bodies that were sent, those of retries too. */
export function observeRequests(client: S3Client, observer: StoreObserver): void {
  client.middlewareStack.add(
    (next, context) => async (input) => {
      const begin = performance.now();
      const report = (outcome: string, retries: number) => {
        const operation = (context.commandName ?? 'Other').replace(/Command$/, '');
        observer.onRequest({ operation, outcome, seconds: (performance.now() - begin) / 1000, retries });
      };
      try {
        const result = await next(input);
        report('OK', retriesOf(result.output));
        return result;
      } catch (error) {
        report(outcomeOf(error), retriesOf(error));
        throw error;
      }
    },
    { step: 'initialize', priority: 'high', name: 'observeRequests' },
  );
  client.middlewareStack.add(
    (next) => async (input) => {
      const result = await next(input);
      const { headers = {} } = input.request as { headers?: Record<string, string> };
      observer.onSent(Number(headers['content-length'] ?? 0));
      return result;
    },
    // The last step before the connection: once for each try.
    { step: 'finalizeRequest', priority: 'low', name: 'observeSentBytes' },
  );
}

/** What is not there is an ordinary answer: `has` asks by HEAD. */
function outcomeOf(error: unknown): string {
  return isNotFound(error) ? 'NOT_FOUND' : toFault(error).reason;
}

/** The SDK keeps the number of tries with an answer, and with the error where there was none. */
function retriesOf(ended: unknown): number {
  const metadata = typeof ended === 'object' && ended !== null && '$metadata' in ended ? ended.$metadata : null;
  const attempts = typeof metadata === 'object' && metadata !== null && 'attempts' in metadata ? metadata.attempts : 1;
  return typeof attempts === 'number' ? attempts - 1 : 0;
}
