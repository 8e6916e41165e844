/** What a client reads of an event stream. */
export interface EventReader {
  readonly status: number;
  readonly headers: Headers;
  /** The next event, without comments; null once the stream has ended. Rejects where the connection breaks. */
  next(): Promise<StreamEvent | null>;
  /** All events that are still to come. */
  rest(): Promise<readonly StreamEvent[]>;
  /** Goes away. */
  leave(): void;
}

export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Sends an operation and reads its results as server-sent events. */
export async function openEvents(
  url: string,
  token: string | null,
  payload: object,
  headers: Record<string, string> = {},
): Promise<EventReader> {
  const controller = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    body: JSON.stringify(payload),
    signal: controller.signal,
    headers: {
      ...{ accept: 'text/event-stream', 'content-type': 'application/json' },
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  const events = eventsOf(response);
  const next = async () => (await events.next()).value ?? null;
  return {
    status: response.status,
    headers: response.headers,
    next,
    async rest() {
      const all: StreamEvent[] = [];
      for (let event = await next(); event !== null; event = await next()) all.push(event);
      return all;
    },
    leave: () => controller.abort(),
  };
}

async function* eventsOf({ body }: Response): AsyncGenerator<StreamEvent, undefined> {
  if (body === null) return;
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const messages = text.split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) {
      const [, event, data] = /^event: (\w+)\ndata:(.*)$/s.exec(message) ?? [];
      // Else it is a comment, which keeps the connection open.
      if (event !== undefined) yield { event, data: data ? JSON.parse(data) : null };
    }
  }
  if (text !== '') throw new Error(`The stream ended within an event: ${text}`);
}
