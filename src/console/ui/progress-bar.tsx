import { percent } from './format.ts';

interface ProgressBarProps {
  readonly label: string;
  /** 0 to 1. */
  readonly value: number;
}

/** A bar, and its value beside it, whose width does not change while it grows. */
export function ProgressBar({ label, value }: ProgressBarProps) {
  const whole = Math.floor(value * 100);
  return (
    <>
      <div
        className="meter"
        role="progressbar"
        aria-label={label}
        aria-valuenow={whole}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <div style={{ width: `${value * 100}%` }} />
      </div>
      <span className="number muted" aria-hidden="true">
        {percent(whole / 100)}
      </span>
    </>
  );
}
