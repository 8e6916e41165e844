/** An idempotency key. Not `crypto.randomUUID`: browsers have that only over https and on their own machine. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
