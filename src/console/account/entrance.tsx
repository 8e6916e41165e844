import type { ReactNode } from 'react';
import { Mark } from '../shell/mark.tsx';

/** The frame of the pages for those who are not signed in. */
export function Entrance({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="entrance">
      <div className="entrance-art">
        <div className="brand">
          <Mark size={36} />
          Trainyard
        </div>
        <TrackMap />
        <p>Upload a table. Train a model. Watch it happen.</p>
      </div>
      <div className="entrance-form">
        <div className="stack">
          <h1>{title}</h1>
          {children}
        </div>
      </div>
    </main>
  );
}

/** Lines that branch: every run is one. */
function TrackMap() {
  const lines = [
    'M0 210h120c60 0 60-70 120-70h160',
    'M120 210h280',
    'M240 140c50 0 50-70 100-70h60',
    'M120 210c60 0 60 60 120 60h160',
  ];
  const stations = [
    [60, 210],
    [120, 210],
    [240, 140],
    [330, 210],
    [300, 270],
    [370, 70],
  ] as const;
  return (
    <svg className="map" viewBox="0 0 400 300" aria-hidden="true">
      {lines.map((line, index) => (
        <path key={line} d={line} fill="none" stroke={index === 0 ? '#ff8f55' : '#3f4f48'} strokeWidth="6" />
      ))}
      {stations.map(([x, y]) => (
        <circle key={`${x}-${y}`} cx={x} cy={y} r="9" fill="#17231f" stroke="#f6f3ec" strokeWidth="5" />
      ))}
    </svg>
  );
}
