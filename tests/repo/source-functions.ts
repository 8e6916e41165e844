import { isNode, visitSource } from './syntax-tree.ts';

/** A function with a body: where it begins, and on how many lines it stands. */
export interface SourceFunction {
  readonly line: number;
  readonly lines: number;
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);

/** Every function of a TypeScript source, also within others, in the order of their beginnings. A method is one too. */
export function functionsOf(source: string, lang: 'ts' | 'tsx' = 'ts'): SourceFunction[] {
  const found: SourceFunction[] = [];
  const lineOf = (offset: number) => source.slice(0, offset).split('\n').length;
  visitSource(
    source,
    ({ type, start, end, body }) => {
      if (!FUNCTIONS.has(type) || !isNode(body)) return;
      const line = lineOf(start);
      found.push({ line, lines: lineOf(end) - line + 1 });
    },
    lang,
  );
  return found;
}
