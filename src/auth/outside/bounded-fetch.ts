/** An issuer that does not answer within this time is away. */
const MAX_MILLISECONDS = 5_000;

/** Far more than the keys of an issuer take. */
const MAX_BYTES = 512_000;

/** What an address answers, as JSON. Follows no redirect, and reads no more than MAX_BYTES. Throws an Error that says what is wrong. */
export async function fetchJson(address: string): Promise<unknown> {
  const response = await fetch(address, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(MAX_MILLISECONDS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${address} answers ${response.status}`);
  }
  return JSON.parse(await boundedText(response, address));
}

async function boundedText({ body }: Response, address: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    // Leaving the loop ends the connection.
    if (bytes > MAX_BYTES) throw new Error(`${address} answers more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
