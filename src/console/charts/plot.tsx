import { AxisBottom, AxisLeft } from '@visx/axis';
import { Group } from '@visx/group';
import type { scaleLinear } from '@visx/scale';
import type { ReactNode } from 'react';

type Scale = ReturnType<typeof scaleLinear<number>>;

/** Sizes in units of the drawing, which is scaled to its place. */
export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

export const PLOT: PlotSize = { width: 560, height: 280 };
const MARGIN = { top: 10, right: 14, bottom: 40, left: 56 };

/** The range of the scales of a plot. */
export function rangesOf({ width, height }: PlotSize): { x: [number, number]; y: [number, number] } {
  return { x: [0, width - MARGIN.left - MARGIN.right], y: [height - MARGIN.top - MARGIN.bottom, 0] };
}

interface PlotProps {
  /** What is seen, for those who do not see it. */
  readonly label: string;
  readonly x: Scale;
  readonly y: Scale;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly format?: (value: number) => string;
  readonly size?: PlotSize;
  readonly children: ReactNode;
}

/** Axes, and what is drawn between them. */
export function Plot({ label, x, y, xTitle, yTitle, format = String, size = PLOT, children }: PlotProps) {
  const [, right] = rangesOf(size).x;
  const [bottom] = rangesOf(size).y;
  return (
    <svg viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={label}>
      <Group left={MARGIN.left} top={MARGIN.top}>
        {y.ticks(5).map((tick) => (
          <line key={tick} className="grid" x1={0} x2={right} y1={y(tick)} y2={y(tick)} />
        ))}
        <AxisLeft
          scale={y}
          numTicks={5}
          hideAxisLine
          hideTicks
          label={yTitle}
          labelOffset={38}
          labelProps={{}}
          tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }}
          tickFormat={(value) => format(Number(value))}
        />
        <AxisBottom
          scale={x}
          top={bottom}
          numTicks={6}
          hideTicks
          label={xTitle}
          labelOffset={14}
          labelProps={{ textAnchor: 'middle' }}
          axisLineClassName="axis-line"
          tickLabelProps={{ textAnchor: 'middle' }}
          tickFormat={(value) => format(Number(value))}
        />
        {children}
      </Group>
    </svg>
  );
}
