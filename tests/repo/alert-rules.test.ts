import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ERROR_CODES } from '../../src/errors.ts';
import { RUN_ERROR_CODES } from '../../src/training/runs/run-error.ts';
import { allMetrics } from './all-metrics.ts';

const PATH = 'docs/alerts.yml';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const document = parse(readFileSync(PATH, 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = document.groups.flatMap((group) => group.rules);

/** The names that a metric has in Prometheus, with the labels that it is asked for by. */
const metrics = new Map(
  allMetrics().flatMap(({ name, type, labelNames }) => {
    const names = type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    return names.map((each) => [each, labelNames] as const);
  }),
);

/** The selectors of an expression: `name{label="value"}`. */
function selectorsOf(expression: string) {
  const found = expression.matchAll(/\b((?:trainyard|process|nodejs)_[a-z0-9_]+|up)\b(?:\{([^}]*)\})?/g);
  return [...found].map(([, name = '', matchers = '']) => ({
    name,
    matchers: [...matchers.matchAll(/(\w+)\s*(=~|=)\s*"([^"]*)"/g)].map(([, label = '', , value = '']) => ({
      label,
      value,
    })),
  }));
}

describe('the alert rules', () => {
  test('alert rules have unique names, a severity and a summary', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^Trainyard[A-Z]\w+$/);
      expect(['warning', 'critical'], alert).toContain(labels.severity);
      expect(annotations.summary, alert).toMatch(/\.$/);
    }
  });

  test('alert rules use existing metrics and labels', () => {
    for (const { alert, expr } of rules) {
      const selectors = selectorsOf(expr);
      expect(selectors.length, alert).toBeGreaterThan(0);
      for (const { name, matchers } of selectors) {
        expect(['up', ...metrics.keys()], alert).toContain(name);
        const labels = [...(metrics.get(name) ?? []), 'job', 'instance'];
        for (const { label } of matchers) expect(labels, `${alert}: ${name}`).toContain(label);
      }
    }
  });

  test('alert rules use existing error codes', () => {
    const known = [...Object.keys(ERROR_CODES), ...Object.keys(RUN_ERROR_CODES)];
    const matchers = rules.flatMap(({ expr }) => selectorsOf(expr)).flatMap((selector) => selector.matchers);
    const codes = matchers.filter(({ label }) => label === 'code').flatMap(({ value }) => value.split('|'));
    expect(codes.length).toBeGreaterThan(0);
    for (const code of codes) expect(known).toContain(code);
  });

  test('an alert rule with an unknown metric is detected', () => {
    expect(selectorsOf('rate(trainyard_nonsense_total{code="A"}[5m]) > 0')).toEqual([
      { name: 'trainyard_nonsense_total', matchers: [{ label: 'code', value: 'A' }] },
    ]);
    expect([...metrics.keys()]).not.toContain('trainyard_nonsense_total');
  });

  test.skipIf(!hasPromtool())('Prometheus accepts the alert rules', () => {
    expect(execFileSync('promtool', ['check', 'rules', PATH], { encoding: 'utf8' })).toContain(
      `${rules.length} rules found`,
    );
  });
});

/** Prometheus' own checker, where it is installed; elsewhere the last test is skipped. */
function hasPromtool(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
