import { count, decimal } from '../ui/format.ts';

interface HistogramProps {
  readonly label: string;
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

const WIDTH = 230;
const HEIGHT = 54;

/** A small histogram of a column. */
export function Histogram({ label, bins }: HistogramProps) {
  const highest = Math.max(1, ...bins.map((bin) => bin.count));
  const width = WIDTH / Math.max(1, bins.length);
  return (
    <figure className="chart histogram">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`Histogram of ${label}`}>
        {bins.map((bin, index) => {
          const height = bin.count === 0 ? 0 : Math.max(1, (bin.count / highest) * HEIGHT);
          return (
            <rect key={bin.from} x={index * width} y={HEIGHT - height} width={Math.max(0.5, width - 1)} height={height}>
              <title>{`${decimal(bin.from)} to ${decimal(bin.to)}: ${count(bin.count)}`}</title>
            </rect>
          );
        })}
      </svg>
    </figure>
  );
}
