/** The database cannot be brought to the shape that this version needs; the message says what an operator can do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}
