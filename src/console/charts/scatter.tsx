import { scaleLinear } from '@visx/scale';
import { decimal } from '../ui/format.ts';
import { extent } from './line-chart.tsx';
import { PLOT, Plot, rangesOf } from './plot.tsx';

interface Dot {
  readonly key: string | number;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

interface ScatterProps {
  readonly label: string;
  readonly dots: readonly Dot[];
  readonly xTitle: string;
  readonly yTitle: string;
  /** Of both axes; default: that of the dots. */
  readonly domain?: readonly [number, number];
}

/** Dots around the line on which both values are equal. */
export function Scatter({ label, dots, xTitle, yTitle, domain }: ScatterProps) {
  const [low, high] = domain ?? extent(dots.flatMap(({ x, y }) => [x, y]));
  const ranges = rangesOf(PLOT);
  const x = scaleLinear<number>({ domain: [low, high], range: ranges.x });
  const y = scaleLinear<number>({ domain: [low, high], range: ranges.y });
  return (
    <figure className="chart dots">
      <Plot label={label} x={x} y={y} xTitle={xTitle} yTitle={yTitle} format={decimal}>
        <line className="series-muted" x1={x(low)} y1={y(low)} x2={x(high)} y2={y(high)} />
        {dots.map((dot) => (
          <circle key={dot.key} cx={x(dot.x)} cy={y(dot.y)} r={dot.radius} />
        ))}
      </Plot>
    </figure>
  );
}
