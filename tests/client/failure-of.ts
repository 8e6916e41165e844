/** What a promise is rejected with; rejects itself where that one is not. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('The operation was expected to fail.');
    },
    (error: unknown) => error,
  );
}
