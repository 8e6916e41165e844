/** Every cycle that following the edges runs into, each as the modules on its way, the first repeated at the end. */
export function findCycles(edges: readonly (readonly [from: string, to: string])[]): string[][] {
  const next = new Map<string, string[]>();
  for (const [from, to] of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const cycles: string[][] = [];
  const done = new Set<string>();
  const follow = (module: string, way: readonly string[]): void => {
    const start = way.indexOf(module);
    if (start !== -1) cycles.push([...way.slice(start), module]);
    if (start !== -1 || done.has(module)) return;
    for (const target of next.get(module) ?? []) follow(target, [...way, module]);
    done.add(module);
  };
  for (const module of [...next.keys()].sort()) follow(module, []);
  return cycles;
}
