import { Link, useSearchParams } from 'wouter';

interface TabsProps {
  readonly label: string;
  readonly current: string;
  /** The first is where the address names none. */
  readonly tabs: readonly (readonly [name: string, title: string])[];
}

/** Parts of a page, each with an address of its own. */
export function Tabs({ label, current, tabs }: TabsProps) {
  const [params] = useSearchParams();
  const first = tabs[0]?.[0];
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(([name, title]) => {
        const next = new URLSearchParams(params);
        if (name === first) next.delete('tab');
        else next.set('tab', name);
        const search = next.toString();
        return (
          <Link
            key={name}
            href={search === '' ? window.location.pathname : `?${search}`}
            aria-current={name === current ? 'page' : undefined}
          >
            {title}
          </Link>
        );
      })}
    </nav>
  );
}
