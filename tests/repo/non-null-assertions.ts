import { isNode, visitSource } from './syntax-tree.ts';

/**
 * The lines of a TypeScript source with a `!` that needs a reason and has none. Behind an index (`rows[i]!`) none is needed: the
 * loop's bounds are the reason. Any other has a comment on its line or on one of the four above.
 */
export function unexplainedAssertions(source: string, lang: 'ts' | 'tsx' = 'ts'): number[] {
  const lines = source.split('\n');
  const found: number[] = [];
  visitSource(
    source,
    ({ type, start, expression }) => {
      if (type !== 'TSNonNullExpression' || !isNode(expression) || isIndexed(source, expression)) return;
      const line = source.slice(0, start).split('\n').length;
      if (!isExplained(lines, line)) found.push(line);
    },
    lang,
  );
  return found;
}

function isIndexed(source: string, { type, computed, start, end }: { readonly [property: string]: unknown }): boolean {
  if (type === 'MemberExpression') return computed === true;
  // The last one of a list is an index too.
  return /\.at\(-?\w+\)$/.test(source.slice(Number(start), Number(end)));
}

function isExplained(lines: readonly string[], line: number): boolean {
  return lines.slice(Math.max(0, line - 5), line).some((text) => text.includes('// '));
}
