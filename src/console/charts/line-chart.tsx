import { scaleLinear } from '@visx/scale';
import { LinePath } from '@visx/shape';
import { decimal } from '../ui/format.ts';
import { Plot, rangesOf } from './plot.tsx';
import { usePlotSize } from './use-plot-size.ts';

export interface Series {
  readonly title: string;
  readonly tone: 'series-1' | 'series-2' | 'series-muted';
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Also draws the points. */
  readonly hasDots?: boolean;
}

interface LineChartProps {
  readonly label: string;
  readonly series: readonly Series[];
  readonly xTitle: string;
  readonly yTitle: string;
  /** Default: those of the points. */
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
  /** The horizontal axis counts, from 1. */
  readonly isCounted?: boolean;
}

/** Lines over numbers. */
export function LineChart({ label, series, xTitle, yTitle, xDomain, yDomain, isCounted = false }: LineChartProps) {
  const { box, size } = usePlotSize();
  const points = series.flatMap((each) => each.points);
  const ranges = rangesOf(size);
  const x = scaleLinear<number>({ domain: [...(xDomain ?? extent(points.map(([value]) => value)))], range: ranges.x });
  const y = scaleLinear<number>({
    domain: [...(yDomain ?? extent(points.map(([, value]) => value)))],
    range: ranges.y,
    nice: yDomain === undefined,
  });
  return (
    <figure ref={box} className="chart">
      <Plot
        label={label}
        x={x}
        y={y}
        xTitle={xTitle}
        yTitle={yTitle}
        format={decimal}
        size={size}
        isCounted={isCounted}
      >
        {series.map((each) => (
          <g key={each.title} className={each.tone}>
            <LinePath
              className={`line ${each.tone}`}
              data={[...each.points]}
              x={([value]) => x(value)}
              y={([, value]) => y(value)}
            />
            {each.hasDots &&
              each.points.map(([px, py]) => <circle key={px} cx={x(px)} cy={y(py)} r={3.5} fill="currentColor" />)}
          </g>
        ))}
      </Plot>
      {series.length > 1 && (
        <figcaption className="legend">
          {series.map(({ title, tone }) => (
            <span key={title} className={tone}>
              {title}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  );
}

/** The smallest and the largest value; of none, or of one alone, a range around it. */
export function extent(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}
