import { useEffect, useState } from 'react';
import { type TrainingEvent as Event, followTrainingEvents } from '../../client/core/index.ts';
import { trainyard } from '../connection/server.ts';

type Point = NonNullable<Event['point']>;

/** When a run came to a stage, in one of its attempts. */
export interface StageEntry {
  readonly seq: number;
  readonly at: string;
  readonly attempt: number;
  readonly stage: Event['stage'];
  readonly status: Event['status'];
  readonly message: string | null;
}

/** What the events of a run have told so far. */
export interface History {
  readonly stages: readonly StageEntry[];
  readonly points: ReadonlyMap<number, Point>;
}

const NONE: History = { stages: [], points: new Map() };

/** Follows the events of a run from the first; those that come together are shown together. */
export function useEvents(id: string): History {
  const [history, setHistory] = useState(NONE);
  useEffect(() => {
    const waiting: Event[] = [];
    let frame: number | null = null;
    const show = () => {
      frame = null;
      const events = waiting.splice(0);
      setHistory((before) => events.reduce(withEvent, before));
    };
    const unsubscribe = followTrainingEvents(trainyard, id, {
      next: (event) => {
        waiting.push(event);
        frame ??= requestAnimationFrame(show);
      },
    });
    return () => {
      unsubscribe();
      if (frame !== null) cancelAnimationFrame(frame);
      setHistory(NONE);
    };
  }, [id]);
  return history;
}

function withEvent({ stages, points }: History, event: Event): History {
  const { seq, at, attempt, stage, status, message, kind, point } = event;
  const isStation = kind === 'STAGE' || kind === 'STATUS' || kind === 'LOG';
  return {
    stages: isStation ? [...stages, { seq, at, attempt, stage, status, message }] : stages,
    points: point === null ? points : new Map(points).set(point.iteration, point),
  };
}
