import { setImmediate } from 'node:timers/promises';
import { JSDOM } from 'jsdom';
import { afterAll, beforeAll } from 'vitest';
import type { Trainyard } from '../../src/client/core/index.ts';

/** What a page has and Node.js lacks, or has in another form that the page's XMLHttpRequest does not take. */
const GLOBALS = ['window', 'document', 'XMLHttpRequest', 'FormData', 'File', 'Blob', 'location'] as const;

/** A component with a hook. */
export interface RenderedHook<Result, Props> {
  /** What it said last. */
  readonly current: Result;
  rerender(props: Props): void;
  unmount(): void;
}

/** Gives the tests of a file a page of this server, while they run: other files have none. */
export function withPage(serverUrl: () => string): void {
  const before = new Map<string, unknown>();
  beforeAll(() => {
    const { window } = new JSDOM('<!doctype html><div id="root"></div>', { url: serverUrl() });
    for (const name of GLOBALS) {
      before.set(name, Reflect.get(globalThis, name));
      Reflect.set(globalThis, name, name === 'window' ? window : Reflect.get(window, name));
    }
  });
  afterAll(async () => {
    for (const unmount of mounted) unmount();
    // What React still has to do for them needs the page.
    await setImmediate();
    for (const [name, value] of before) Reflect.set(globalThis, name, value);
  });
}

/** Also those of tests that failed. */
const mounted = new Set<() => void>();

/** Renders a component that does nothing but use the hook. */
export async function renderHook<Result, Props>(
  client: Trainyard,
  useHook: (props: Props) => Result,
  initial: Props,
): Promise<RenderedHook<Result, Props>> {
  // Loaded here, because react-dom looks at the page when it is loaded.
  const { createElement } = await import('react');
  const { createRoot } = await import('react-dom/client');
  const { flushSync } = await import('react-dom');
  const { TrainyardProvider } = await import('../../src/client/react/index.ts');
  const root = createRoot(document.createElement('div'));
  let result: { readonly current: Result } | null = null;
  function Component({ props }: { readonly props: Props }) {
    result = { current: useHook(props) };
    return null;
  }
  const rerender = (props: Props) =>
    flushSync(() => root.render(createElement(TrainyardProvider, { client }, createElement(Component, { props }))));
  const unmount = () => {
    mounted.delete(unmount);
    flushSync(() => root.unmount());
  };
  mounted.add(unmount);
  rerender(initial);
  return {
    get current() {
      if (result === null) throw new Error('The component has not been rendered.');
      return result.current;
    },
    rerender,
    unmount,
  };
}
