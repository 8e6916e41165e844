/** The error that an operation throws; throws one itself where it throws none. */
export function errorOf(operation: () => unknown): unknown {
  try {
    operation();
  } catch (error) {
    return error;
  }
  throw new Error('The operation was expected to throw.');
}
