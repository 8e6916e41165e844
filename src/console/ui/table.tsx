import { type CSSProperties, type ReactNode, useEffect, useRef, useState } from 'react';

/** A table that scrolls sideways where it is too wide; then it takes the focus, so that keys can scroll it. */
export function Table({
  label,
  children,
  className,
  style,
  rowCount,
}: {
  readonly label: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly style?: CSSProperties;
  /** Said to screen readers, where each row says which it is. */
  readonly rowCount?: number;
}) {
  const box = useRef<HTMLElement>(null);
  const [isScrolled, setScrolled] = useState(false);
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const observer = new ResizeObserver(() => setScrolled(current.scrollWidth > current.clientWidth + 1));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return (
    <section ref={box} className="table-scroll" aria-label={label} tabIndex={isScrolled ? 0 : undefined}>
      <table className={className} style={style} aria-rowcount={rowCount}>
        {children}
      </table>
    </section>
  );
}
