import { AxisBottom, AxisLeft } from '@visx/axis';
import { Group } from '@visx/group';
import type { scaleLinear } from '@visx/scale';
import type { ReactNode } from 'react';

type Scale = ReturnType<typeof scaleLinear<number>>;

/** In pixels. */
export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

const MARGIN = { top: 10, right: 16, bottom: 46, left: 62 };
/** Between the marks of the horizontal axis. */
const PIXELS_PER_TICK = 90;

/** The range of the scales of a plot. */
export function rangesOf({ width, height }: PlotSize): { x: [number, number]; y: [number, number] } {
  return { x: [0, Math.max(1, width - MARGIN.left - MARGIN.right)], y: [height - MARGIN.top - MARGIN.bottom, 0] };
}

interface PlotProps {
  /** What is seen, for those who do not see it. */
  readonly label: string;
  readonly x: Scale;
  readonly y: Scale;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly format?: (value: number) => string;
  readonly size: PlotSize;
  /** The horizontal axis counts: it has no marks between whole numbers. */
  readonly isCounted?: boolean;
  readonly children: ReactNode;
}

/** Axes, and what is drawn between them. */
export function Plot({ label, x, y, xTitle, yTitle, format = String, size, isCounted = false, children }: PlotProps) {
  const [, right] = rangesOf(size).x;
  const [bottom] = rangesOf(size).y;
  const xTicks = x.ticks(Math.max(2, Math.floor(right / PIXELS_PER_TICK)));
  return (
    <svg width={size.width} height={size.height} role="img" aria-label={label}>
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
          labelOffset={42}
          labelProps={{}}
          tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }}
          tickFormat={(value) => format(Number(value))}
        />
        <AxisBottom
          scale={x}
          top={bottom}
          tickValues={isCounted ? xTicks.filter(Number.isInteger) : xTicks}
          hideTicks
          label={xTitle}
          labelOffset={18}
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
