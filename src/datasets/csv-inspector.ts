import { availableParallelism } from 'node:os';
import { Limiter } from '../platform/limiter.ts';
import { runThread, threadFile } from '../platform/threads.ts';
import type { InspectionAnswer, InspectionRequest } from './inspect-csv.thread.ts';

/** Files that lie received and wait for a thread; whoever comes then is asked to come later. */
const MAX_WAITING = 200;

/** Reads CSV files in threads, as many at once as there are cores to read them. */
export class CsvInspector {
  readonly #limiter = new Limiter(availableParallelism(), MAX_WAITING);

  inspect(request: InspectionRequest): Promise<InspectionAnswer> {
    return this.#limiter.run(async () => {
      let answer: InspectionAnswer | null = null;
      await runThread<InspectionAnswer>(threadFile(import.meta.url, './inspect-csv.thread'), {
        data: request,
        onMessage: (message) => {
          answer = message;
        },
      });
      if (answer === null) throw new Error('The thread that reads the CSV ended without an answer.');
      return answer;
    });
  }
}
