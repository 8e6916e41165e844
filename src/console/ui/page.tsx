import { type ReactNode, useEffect, useRef } from 'react';

interface PageProps {
  readonly title: string;
  /** Above the title: what the page belongs to. */
  readonly above?: ReactNode;
  readonly below?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

let isFirstPage = true;

/** A page: its title is that of the window, and has the focus after a change of pages unless the page gives it to a control. */
export function Page({ title, above, below, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Trainyard`;
  }, [title]);
  useEffect(() => {
    const isNavigation = !isFirstPage;
    isFirstPage = false;
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (isNavigation && isLost) heading.current?.focus();
  }, []);
  return (
    <div className="page">
      <div className="page-head">
        <div className="page-title">
          {above !== undefined && <div className="eyebrow">{above}</div>}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {below !== undefined && <div className="muted">{below}</div>}
        </div>
        {actions !== undefined && <div className="actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
