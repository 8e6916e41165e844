import { scaleLinear } from '@visx/scale';
import { decimal } from '../ui/format.ts';
import { extent } from './line-chart.tsx';
import { Plot, rangesOf } from './plot.tsx';
import { usePlotSize } from './use-plot-size.ts';

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
  const { box, size } = usePlotSize();
  const [low, high] = domain ?? extent(dots.flatMap(({ x, y }) => [x, y]));
  const ranges = rangesOf(size);
  const x = scaleLinear<number>({ domain: [low, high], range: ranges.x });
  const y = scaleLinear<number>({ domain: [low, high], range: ranges.y });
  return (
    <figure ref={box} className="chart dots">
      <Plot label={label} x={x} y={y} xTitle={xTitle} yTitle={yTitle} format={decimal} size={size}>
        <line className="series-muted" x1={x(low)} y1={y(low)} x2={x(high)} y2={y(high)} />
        {dots.map((dot) => (
          <circle key={dot.key} cx={x(dot.x)} cy={y(dot.y)} r={dot.radius} />
        ))}
      </Plot>
    </figure>
  );
}
