import { stringify } from 'yaml';

/**
 * Renders the templates of a Helm chart, as far as those of this project go: `if` without `else`, `range`, `define`, and the
 * functions below. Whatever else a template has is refused, so that nothing is rendered in another way than by Helm.
 */
export class ChartTemplates {
  readonly #defined = new Map<string, readonly Node[]>();

  /** Reads what one file defines and returns what it shows. */
  read(source: string): readonly Node[] {
    const parser = new Parser(source);
    const nodes = parser.nodes();
    for (const [name, body] of parser.defined) this.#defined.set(name, body);
    return nodes;
  }

  /** `values` is what stands behind the dot: Values, Release and Chart. */
  render(nodes: readonly Node[], values: unknown): string {
    return this.#renderAll(nodes, { dot: values, root: values, variables: {} });
  }

  #renderAll(nodes: readonly Node[], scope: Scope): string {
    return nodes.map((node) => this.#renderOne(node, scope)).join('');
  }

  #renderOne(node: Node, scope: Scope): string {
    if (typeof node === 'string') return node;
    const value = this.#evaluate(node.tokens, scope);
    if (node.kind === 'print') return textOf(value);
    if (node.kind === 'if') return isTrue(value) ? this.#renderAll(node.body, scope) : '';
    return entriesOf(value)
      .map(([key, item]) => {
        const named = node.names.length === 1 ? [item] : [key, item];
        const variables = Object.fromEntries(node.names.map((name, index) => [name, named[index]]));
        return this.#renderAll(node.body, { ...scope, dot: item, variables: { ...scope.variables, ...variables } });
      })
      .join('');
  }

  /** A pipeline: the value of each command is the last argument of the next one. */
  #evaluate(tokens: readonly string[], scope: Scope): unknown {
    let piped: readonly unknown[] = [];
    for (const command of splitPipeline(tokens)) piped = [this.#evaluateCommand(command, piped, scope)];
    return piped[0];
  }

  #evaluateCommand(tokens: readonly string[], piped: readonly unknown[], scope: Scope): unknown {
    const [name = '', ...rest] = tokens;
    if (!/^[a-z]/i.test(name)) return this.#terms(tokens, scope)[0];
    const args = [...this.#terms(rest, scope), ...piped];
    if (name === 'include') {
      const body = this.#defined.get(textOf(args[0]));
      if (body === undefined) throw new Error(`Nothing defines ${textOf(args[0])}.`);
      return this.#renderAll(body, { dot: args[1], root: args[1], variables: {} });
    }
    const called = FUNCTIONS[name];
    if (called === undefined) throw new Error(`The function ${name} is not known here.`);
    return called(args);
  }

  #terms(tokens: readonly string[], scope: Scope): unknown[] {
    const terms: unknown[] = [];
    for (let index = 0; index < tokens.length; index += 1) {
      const token = tokens[index] ?? '';
      if (token !== '(') terms.push(termValue(token, scope));
      else {
        const end = closingOf(tokens, index);
        terms.push(this.#evaluate(tokens.slice(index + 1, end), scope));
        index = end;
      }
    }
    return terms;
  }
}

export type Node =
  | string
  | { readonly kind: 'print'; readonly tokens: readonly string[] }
  | { readonly kind: 'if'; readonly tokens: readonly string[]; readonly body: readonly Node[] }
  | {
      readonly kind: 'range';
      readonly names: readonly string[];
      readonly tokens: readonly string[];
      readonly body: readonly Node[];
    };

interface Scope {
  readonly dot: unknown;
  readonly root: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Text and actions in turn, the white space removed that `{{-` and `-}}` take. */
class Parser {
  readonly defined = new Map<string, readonly Node[]>();
  readonly #pieces: string[];
  #next = 0;

  constructor(source: string) {
    const trimmed = source.replace(/\s*\{\{- /g, '{{ ').replace(/ -\}\}\s*/g, ' }}');
    this.#pieces = trimmed.split(/\{\{ (.*?) \}\}/);
  }

  /** Up to the end of the block or of the file. */
  nodes(): Node[] {
    const nodes: Node[] = [];
    while (this.#next < this.#pieces.length) {
      const piece = this.#pieces[this.#next] ?? '';
      const isText = this.#next % 2 === 0;
      this.#next += 1;
      if (isText) nodes.push(textOnly(piece));
      else if (piece === 'end') return nodes;
      else nodes.push(...this.#action(piece));
    }
    return nodes;
  }

  #action(action: string): Node[] {
    const tokens = action.match(/"[^"]*"|[()|]|[^\s()|]+/g) ?? [];
    const [keyword, ...rest] = tokens;
    if (keyword === 'define') this.defined.set(valueOfText(rest[0] ?? ''), this.nodes());
    else if (keyword === 'if') return [{ kind: 'if', tokens: rest, body: this.nodes() }];
    else if (keyword === 'range') {
      const assigned = rest.indexOf(':=');
      const names = rest.slice(0, assigned).map((name) => name.replace(',', ''));
      return [{ kind: 'range', names, tokens: rest.slice(assigned + 1), body: this.nodes() }];
    } else return [{ kind: 'print', tokens }];
    return [];
  }
}

function textOnly(text: string): string {
  if (text.includes('{{')) throw new Error(`An action is written in a way that is not known here: ${text}`);
  return text;
}

const FUNCTIONS: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  add: (args) => args.reduce<number>((sum, value) => sum + Number(value), 0),
  default: ([fallback, value]) => (isTrue(value) ? value : fallback),
  eq: ([left, right]) => left === right,
  fail: ([message]) => {
    throw new Error(textOf(message));
  },
  list: (args) => args,
  ne: ([left, right]) => left !== right,
  nindent: ([width, text]) => `\n${textOf(text).replace(/^(?=.)/gm, ' '.repeat(Number(width)))}`,
  or: (args) => args.find(isTrue) ?? args.at(-1),
  quote: ([value]) => JSON.stringify(textOf(value)),
  required: ([message, value]) => {
    if (value === undefined || value === '') throw new Error(textOf(message));
    return value;
  },
  toYaml: ([value]) => stringify(value).trimEnd(),
};

/** Empty strings, lists and maps are false, as zero is. */
function isTrue(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${JSON.stringify(value)} is no text.`);
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return [...value.entries()];
  if (typeof value !== 'object' || value === null) throw new Error('Only lists and maps have a range.');
  return Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
}

function termValue(token: string, { dot, root, variables }: Scope): unknown {
  if (token.startsWith('"')) return valueOfText(token);
  if (/^\d+$/.test(token)) return Number(token);
  const [start = '', ...path] = token.split('.');
  if (start === '' && token.startsWith('.')) return follow(dot, path);
  if (start === '$') return follow(root, path);
  if (start in variables) return follow(variables[start], path);
  throw new Error(`${token} is not known here.`);
}

function valueOfText(token: string): string {
  return JSON.parse(token) as string;
}

/** Values that are not there would be empty for Helm: here they are mistakes of the template. */
function follow(from: unknown, path: readonly string[]): unknown {
  let value = from;
  for (const name of path.filter((each) => each !== '')) {
    if (typeof value !== 'object' || value === null || !(name in value)) throw new Error(`There is no ${name}.`);
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function splitPipeline(tokens: readonly string[]): string[][] {
  const commands: string[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (token === '|' && depth === 0) commands.push([]);
    else commands.at(-1)?.push(token);
  }
  return commands;
}

function closingOf(tokens: readonly string[], opening: number): number {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (index < opening) continue;
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (depth === 0) return index;
  }
  throw new Error('A parenthesis is not closed.');
}
