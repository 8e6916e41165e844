import { parseAst } from 'vitest/node';

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [property: string]: unknown;
}

/** Calls `onNode` with every node of a source, from the outside in. Throws where it has a syntax error. */
export function visitSource(source: string, onNode: (node: SyntaxNode) => void, lang: 'ts' | 'tsx' = 'ts'): void {
  // oxlint-disable-next-line typescript/no-deprecated -- its successor is not among what vitest hands on from Vite.
  visit(parseAst(source, { lang }), onNode);
}

/** The language of a file. */
export function languageOf(path: string): 'ts' | 'tsx' {
  return path.endsWith('.tsx') ? 'tsx' : 'ts';
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function visit(value: unknown, onNode: (node: SyntaxNode) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value)) onNode(value);
  for (const child of Object.values(value)) visit(child, onNode);
}
