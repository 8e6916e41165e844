import { isNode, type SyntaxNode, visitSource } from './syntax-tree.ts';

/** One import of a module, in any of the forms that TypeScript has. */
export interface ModuleImport {
  /** What is imported, as written; null where it is computed, so that nobody can follow it. */
  readonly specifier: string | null;
  /** False where nothing of it is left at run time. `import { type X }` still loads the module, and counts as true. */
  readonly isRuntime: boolean;
  /** The first line is 1. */
  readonly line: number;
}

/**
 * Every import of a TypeScript source: `import`, `export … from`, `import()`, `import('…')` in types, `import = require`
 * and `require()`. Read from the syntax tree (of the parser that vitest brings), so that no spelling slips through.
 * Throws where the source has a syntax error.
 */
export function importsOf(source: string, lang: 'ts' | 'tsx' = 'ts'): ModuleImport[] {
  const found: ModuleImport[] = [];
  visitSource(
    source,
    (node) => {
      const reference = referenceOf(node);
      if (reference === null) return;
      const line = source.slice(0, node.start).split('\n').length;
      found.push({ ...reference, line });
    },
    lang,
  );
  return found;
}

function referenceOf(node: SyntaxNode): Omit<ModuleImport, 'line'> | null {
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: textOf(node['source']), isRuntime: node['importKind'] !== 'type' };
    case 'ExportAllDeclaration':
      return { specifier: textOf(node['source']), isRuntime: node['exportKind'] !== 'type' };
    case 'ExportNamedDeclaration':
      if (!isNode(node['source'])) return null;
      return { specifier: textOf(node['source']), isRuntime: node['exportKind'] !== 'type' };
    case 'ImportExpression':
      return { specifier: textOf(node['source']), isRuntime: true };
    case 'TSImportType':
      return { specifier: textOf(node['source']), isRuntime: false };
    case 'TSExternalModuleReference':
      return { specifier: textOf(node['expression']), isRuntime: true };
    case 'CallExpression':
      return isRequire(node['callee']) ? { specifier: textOf(firstOf(node['arguments'])), isRuntime: true } : null;
    default:
      return null;
  }
}

function isRequire(callee: unknown): boolean {
  return isNode(callee) && callee.type === 'Identifier' && callee['name'] === 'require';
}

function textOf(literal: unknown): string | null {
  return isNode(literal) && typeof literal['value'] === 'string' ? literal['value'] : null;
}

function firstOf(list: unknown): unknown {
  return Array.isArray(list) ? (list as readonly unknown[])[0] : undefined;
}
