/** The code of an error of a system call, of Node.js or of PostgreSQL; undefined for none. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The codes of an error, of what caused it, of what caused that, and so on. */
export function errorCodesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = errorCodeOf(current);
    if (code !== undefined) codes.push(code);
  }
  return codes;
}
