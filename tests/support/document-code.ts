import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';

/** The JavaScript of a document that has a text in it. */
export function codeOf(path: string, text: string): string {
  const blocks = [...readFileSync(path, 'utf8').matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => String(code));
  const found = blocks.filter((code) => code.includes(text));
  if (found.length !== 1) throw new Error(`${path} has ${found.length} pieces of JavaScript with ${text}.`);
  return String(found[0]);
}

/** Runs code as it stands, with these names in its reach, and gives what it calls `result`. */
export function runCode(code: string, names: Readonly<Record<string, unknown>>, result: string): unknown {
  const body = code.replace(/^export default (?:config;)?/m, (found) =>
    found.endsWith(';') ? '' : `const ${result} = `,
  );
  const run = runInThisContext(`(${Object.keys(names).join(', ')}) => { ${body}\nreturn ${result}; }`) as (
    ...given: unknown[]
  ) => unknown;
  return run(...Object.values(names));
}
