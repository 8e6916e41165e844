import type { Answer, TestClient } from './test-client.ts';

export const BOUNDARY = 'a-boundary-of-the-tests';

/** One part of a form; a file where it has a filename. */
export interface Part {
  readonly name: string;
  readonly content: string;
  readonly filename?: string;
}

/** The bytes of a form as they go over the wire, without the final boundary where `isComplete` is false. */
export function formOf(parts: readonly Part[], isComplete = true): string {
  const body = parts.map(({ name, content, filename }) => {
    const file = filename === undefined ? '' : `; filename="${filename}"`;
    return `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`;
  });
  return body.join('') + (isComplete ? `--${BOUNDARY}--\r\n` : '');
}

/** The parts of an operation with a file, in the order that the protocol asks for. */
export function uploadParts(query: string, content: string, filename = 'flowers.csv'): [Part, Part, Part] {
  return [
    { name: 'operations', content: JSON.stringify({ query, variables: { file: null } }) },
    { name: 'map', content: JSON.stringify({ 0: ['variables.file'] }) },
    { name: '0', content, filename },
  ];
}

/** The headers of a request with a form. */
export function formHeaders(token: string | null): Record<string, string> {
  return {
    'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
    'apollo-require-preflight': 'true',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
}

/** Sends a form as it stands. */
export async function sendForm(
  client: TestClient,
  body: string,
  headers: Record<string, string> = formHeaders(client.token),
): Promise<Answer<Record<string, unknown>>> {
  const response = await fetch(`${client.url}/graphql`, { method: 'POST', body, headers });
  const { data = null, errors = [] } = (await response.json()) as Partial<Answer<Record<string, unknown>>>;
  return { status: response.status, data, errors };
}
