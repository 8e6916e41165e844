interface BarsProps {
  readonly label: string;
  readonly bars: readonly {
    readonly key: string;
    readonly title: string;
    readonly value: number;
    readonly text: string;
  }[];
  /** The value that fills a track; default: the largest. */
  readonly max?: number;
  readonly isWide?: boolean;
}

/** Bars beside their names; the longest fills its track. */
export function Bars({ label, bars, max, isWide = false }: BarsProps) {
  const longest = max ?? Math.max(Number.MIN_VALUE, ...bars.map(({ value }) => Math.abs(value)));
  return (
    <ul className={isWide ? 'bars wide' : 'bars'} aria-label={label}>
      {bars.map(({ key, title, value, text }) => (
        <li key={key} className="bar">
          <span title={title}>{title}</span>
          <span className="track">
            <div className={value < 0 ? 'negative' : ''} style={{ width: `${(Math.abs(value) / longest) * 100}%` }} />
          </span>
          <span className="number">{text}</span>
        </li>
      ))}
    </ul>
  );
}
