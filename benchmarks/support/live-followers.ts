import { fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { now } from './live-runs.ts';

/** One subscription, on a connection of its own: a WebSocket, or the response to a request. */
export interface FollowerOrder {
  readonly url: string;
  readonly token: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, string | number>>;
  readonly transport?: 'ws' | 'sse';
}

/** An update as a client got it: of which number, when. */
type Receipt = readonly [index: number, progress: number, at: number];

type Order =
  | { readonly kind: 'FOLLOW'; readonly followers: readonly FollowerOrder[] }
  | { readonly kind: 'COUNT' }
  | { readonly kind: 'REPORT' };
type Answer = FollowersCount | FollowersReport;

/** How many updates have been received, and how many streams have come to their end. */
export interface FollowersCount {
  readonly received: number;
  readonly completed: number;
}

export interface FollowersReport {
  readonly receipts: readonly Receipt[];
  /** Events whose number was not the one after the last. */
  readonly gaps: number;
}

/** How many sockets are opened at once. */
const OPENED_AT_ONCE = 50;

/** Clients in a process of their own: what they do takes no time from the one who measures, or from the server. */
export class Followers {
  readonly #child = fork(fileURLToPath(import.meta.url), { serialization: 'advanced' });

  /** Opens all of them; each has had its first answer then. */
  async follow(followers: readonly FollowerOrder[]): Promise<void> {
    await this.#ask({ kind: 'FOLLOW', followers });
  }

  /** Waits until so much has come; or, after half a minute, gives up. */
  async untilCounted(isEnough: (count: FollowersCount) => boolean): Promise<void> {
    for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
      if (isEnough((await this.#ask({ kind: 'COUNT' })) as FollowersCount)) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** What they have received since all had their first answer. */
  async report(): Promise<FollowersReport> {
    return (await this.#ask({ kind: 'REPORT' })) as FollowersReport;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async #ask(order: Order): Promise<Answer> {
    const answer = once(this.#child, 'message') as Promise<[Answer]>;
    this.#child.send(order);
    return (await answer)[0];
  }
}

interface Message {
  readonly id?: string;
  readonly type: string;
  readonly payload?: {
    readonly data?: Readonly<Record<string, { seq?: number; progress: number; stage: string } | null>>;
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runFollowers();

/** In the child. */
function runFollowers(): void {
  const receipts: Receipt[] = [];
  let gaps = 0;
  let completed = 0;

  const counterOf = (index: number) => {
    let lastSeq: number | null = null;
    return (payload: Message['payload'], at: number) => {
      const update = Object.values(payload?.data ?? {})[0];
      if (!update) throw new Error(`An update without data: ${JSON.stringify(payload)}`);
      if (lastSeq !== null && update.seq !== undefined && update.seq !== lastSeq + 1) gaps += 1;
      lastSeq = update.seq ?? null;
      // The end repeats the progress of the update before it.
      if (update.stage !== 'DONE') receipts.push([index, update.progress, at]);
    };
  };

  const followStream = ({ url, token, query, variables }: FollowerOrder, index: number): Promise<void> => {
    const count = counterOf(index);
    const headers = {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    };
    return new Promise((resolve, reject) => {
      const asked = request(`${url}/graphql`, { method: 'POST', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          const at = now();
          const messages = (text + chunk).split('\n\n');
          text = messages.pop() ?? '';
          for (const message of messages) {
            const [, event, data = ''] = /^event: (\w+)\ndata: ?(.*)$/.exec(message) ?? [];
            if (event === 'complete') completed += 1;
            else if (event === 'next') {
              count(JSON.parse(data) as Message['payload'], at);
              resolve();
            }
          }
        });
        response.once('close', () => reject(new Error('The stream was closed.')));
      });
      asked.once('error', reject).end(JSON.stringify({ query, variables }));
    });
  };

  const follow = async (order: FollowerOrder, index: number): Promise<void> => {
    const { url, token, query, variables, transport } = order;
    if (transport === 'sse') return await followStream(order, index);
    const count = counterOf(index);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    await new Promise<void>((resolve, reject) => {
      socket.on('message', (data: Buffer) => {
        const at = now();
        const { type, payload } = JSON.parse(data.toString()) as Message;
        if (type === 'connection_ack') {
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
        } else if (type === 'next') {
          count(payload, at);
          resolve();
        } else if (type === 'complete') completed += 1;
        else if (type === 'error') reject(new Error(data.toString()));
      });
      socket.once('close', (code) => reject(new Error(`The socket was closed: ${code}.`)));
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    });
  };

  const followAll = async (followers: readonly FollowerOrder[]) => {
    for (let from = 0; from < followers.length; from += OPENED_AT_ONCE) {
      const some = followers.slice(from, from + OPENED_AT_ONCE);
      await Promise.all(some.map((follower, index) => follow(follower, from + index)));
    }
    receipts.length = 0;
  };

  process.on('message', (order: Order) => {
    if (order.kind === 'REPORT') process.send?.({ receipts, gaps } satisfies FollowersReport);
    else if (order.kind === 'COUNT') process.send?.({ received: receipts.length, completed } satisfies FollowersCount);
    else {
      void followAll(order.followers).then(() => process.send?.({ received: 0, completed } satisfies FollowersCount));
    }
  });
  process.once('disconnect', () => process.exit());
}
