import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const INTERVAL_MILLISECONDS = 5;

/** An answer that has not come after so long is not waited for. */
const MAX_WAIT_MILLISECONDS = 60_000;

/** Asks a server for /healthz, 200 times a second, from a thread that does nothing else. */
export class HealthProbe {
  readonly #thread: Worker;

  private constructor(thread: Worker) {
    this.#thread = thread;
  }

  static async start(url: string): Promise<HealthProbe> {
    const thread = new Worker(new URL(import.meta.url), { workerData: url });
    await once(thread, 'message');
    return new HealthProbe(thread);
  }

  /** The longest that an answer took, in milliseconds, while `work` was done; of those asked for then, all are waited for. */
  async longestWaitDuring(work: () => Promise<unknown>): Promise<number> {
    this.#thread.postMessage('start');
    try {
      await work();
    } finally {
      this.#thread.postMessage('stop');
    }
    const [longest] = (await once(this.#thread, 'message')) as [number];
    return longest;
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }
}

/** The other thread. Whether or not the last answer has come, the next question is asked. */
function probe(url: string): void {
  const agent = new Agent({ keepAlive: true });
  let waits: Promise<number>[] = [];
  let timer: NodeJS.Timeout | null = null;
  parentPort?.on('message', (order: 'start' | 'stop') => {
    if (order === 'start') {
      waits = [];
      timer = setInterval(() => waits.push(wait(url, agent)), INTERVAL_MILLISECONDS);
      return;
    }
    if (timer !== null) clearInterval(timer);
    void Promise.all(waits).then((all) => parentPort?.postMessage(Math.max(0, ...all)));
  });
  parentPort?.postMessage('ready');
}

/** How long an answer takes; without an end where it never comes. */
function wait(url: string, agent: Agent | false, askedAt = performance.now()): Promise<number> {
  return new Promise((resolve) => {
    const lost = () => resolve(Number.POSITIVE_INFINITY);
    const asked = get(`${url}/healthz`, { agent, timeout: MAX_WAIT_MILLISECONDS }, (response) => {
      response.once('error', lost).once('end', () => resolve(performance.now() - askedAt));
      response.resume();
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => {
      // The server may end an idle connection just when it is taken again: then another one is asked, and all of it counts.
      if (asked.reusedSocket && agent !== false) resolve(wait(url, false, askedAt));
      else lost();
    });
  });
}

if (!isMainThread) probe(workerData as string);
