import { type RefObject, useLayoutEffect, useRef, useState } from 'react';
import type { PlotSize } from './plot.tsx';

/** Below this width a drawing is for a phone: less high, so that it is seen as a whole. */
const NARROW = 460;
const HEIGHT = 290;
const NARROW_HEIGHT = 230;

/** The size of a drawing in its place, in pixels, so that what is written in it is as large as the text around. */
export function usePlotSize(): { readonly box: RefObject<HTMLElement | null>; readonly size: PlotSize } {
  const box = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const { current } = box;
    if (current === null) return;
    const measure = () => setWidth(Math.floor(current.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return { box, size: { width, height: width < NARROW ? NARROW_HEIGHT : HEIGHT } };
}
