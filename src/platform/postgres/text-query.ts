import { type SQL, sql } from 'drizzle-orm';

/** A statement of a library that writes its own SQL, with `$1`, `$2` and so on for the values. */
export function textQuery(text: string, values: readonly unknown[]): SQL {
  const pieces = text.split(/\$(\d+)/);
  const chunks = pieces.map((piece, index) => (index % 2 === 0 ? sql.raw(piece) : sql`${values[Number(piece) - 1]}`));
  return sql.join(chunks);
}
