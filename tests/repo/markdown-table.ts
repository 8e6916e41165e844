/** A row of a table in a document: its cells; null for one that is written by hand and stays as it is. */
export type TableRow = readonly [key: string, ...cells: readonly (string | null)[]];

/**
 * The document with the table between `<!-- table: NAME -->` and `<!-- end -->` replaced. Cells that are null are taken
 * over from the row with the same first cell; in a row that is new they are empty. Throws where the marks are missing.
 */
export function withTable(
  document: string,
  name: string,
  header: readonly string[],
  rows: readonly TableRow[],
): string {
  const { start, end } = findTable(document, name);
  const written = new Map(readRows(document.slice(start, end)).map((cells) => [cells[0], cells]));
  const filled = rows.map((row) => row.map((cell, index) => cell ?? written.get(row[0])?.[index] ?? ''));
  const lines = [header, header.map(() => '---'), ...filled].map((cells) => `| ${cells.map(escapeBars).join(' | ')} |`);
  return `${document.slice(0, start)}\n${lines.join('\n')}\n\n${document.slice(end)}`;
}

/** The rows of a table of a document, without its header. */
export function tableRows(document: string, name: string): string[][] {
  const { start, end } = findTable(document, name);
  return readRows(document.slice(start, end));
}

function findTable(document: string, name: string): { start: number; end: number } {
  const mark = `<!-- table: ${name} -->\n`;
  const at = document.indexOf(mark);
  const end = document.indexOf('<!-- end -->', at);
  if (at === -1 || end === -1) throw new Error(`The document has no place for the table ${name}.`);
  return { start: at + mark.length, end };
}

function readRows(table: string): string[][] {
  const lines = table.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

function escapeBars(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
