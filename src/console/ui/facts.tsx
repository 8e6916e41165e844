import type { ReactNode } from 'react';

/** Names and values. Null values are left out. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode | null])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) =>
        value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
