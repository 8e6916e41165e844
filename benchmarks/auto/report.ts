import { mean } from '../support/quality-bars.ts';
import { type Lead, leadOf, type Verdict, verdictOf } from './losses.ts';
import type { Result, ResultKey } from './result.ts';
import { DEFAULTS, type Wanted } from './work.ts';

/** What AUTO is compared with on a file: a peer, or the single model of ours that turned out best there. */
interface Duel {
  readonly rival: string;
  /** Which model that was. */
  readonly model: string;
  readonly lead: Lead;
  readonly verdict: Verdict;
}

interface ComparedFile {
  readonly file: string;
  readonly searches: readonly Result[];
  readonly duels: readonly Duel[];
}

const OURS = 'our best';

/** Finds what was measured. */
type Find = (key: ResultKey) => Result | undefined;

/** Prints how AUTO compares within each time, over the files and offsets that all wanted rivals were measured on too. */
export function printReport(wanted: Wanted, find: Find): void {
  for (const seconds of wanted.seconds) {
    const compared = wanted.entries.flatMap(({ file }) => compareFile(file, seconds, wanted, find));
    const known = compared.reduce((sum, { searches }) => sum + searches.length, 0);
    const all = wanted.entries.length * wanted.offsets.length;
    if (known < all) console.log(`\n${seconds} s: measured with every rival on ${known} of ${all} offsets of files`);
    if (known === 0) continue;
    console.log(
      `\nAUTO within ${seconds} s: log-loss or 1 - R2, and how far it is ahead of rivals ± one standard error`,
    );
    printFiles(compared, [OURS, ...wanted.peers]);
    printCounts(compared, [OURS, ...wanted.peers]);
    printTimes(compared, seconds);
    printCandidates(compared);
  }
}

function compareFile(file: string, seconds: number, { offsets, peers }: Wanted, find: Find): readonly ComparedFile[] {
  const rivals = [...DEFAULTS, ...peers];
  const searches: Result[] = [];
  const losses = new Map<string, { own: Float32Array; rival: Float32Array }[]>(rivals.map((name) => [name, []]));
  for (const offset of offsets) {
    const search = find({ file, offset, model: 'AUTO', seconds });
    const others = rivals.map((model) => find({ file, offset, model, seconds: null }));
    if (search === undefined || others.includes(undefined)) continue;
    searches.push(search);
    for (const [i, model] of rivals.entries()) {
      losses.get(model)!.push({ own: search.losses, rival: others[i]!.losses });
    }
  }
  if (searches.length === 0) return [];
  const leads = rivals.map((model) => ({ model, lead: leadOf(losses.get(model)!) }));
  const ours = leads.slice(0, DEFAULTS.length).toSorted((a, b) => a.lead.rival - b.lead.rival);
  const duels = [
    { rival: OURS, ...ours[0]! },
    ...leads.slice(DEFAULTS.length).map((each) => ({ rival: each.model, ...each })),
  ].map((duel): Duel => ({ ...duel, verdict: verdictOf(duel.lead) }));
  return [{ file, searches, duels }];
}

function printFiles(compared: readonly ComparedFile[], rivals: readonly string[]): void {
  row('file', 'AUTO', 'clock', 'cores', 'done', ...rivals);
  for (const { file, searches, duels } of compared) {
    const clock = Math.max(...searches.map((search) => search.clock));
    const done = searches.map(({ candidates }) => countOf(candidates, 'DONE')).join(' ');
    const cells = duels.map(({ lead, verdict }) => `${signed(lead.mean)} ± ${lead.error.toFixed(4)} ${verdict}`);
    row(file, duels[0]!.lead.own.toFixed(4), clock.toFixed(1), mean(searches.map(coresOf)).toFixed(2), done, ...cells);
  }
}

function printCounts(compared: readonly ComparedFile[], rivals: readonly string[]): void {
  console.log('');
  for (const rival of rivals) {
    const duels = compared.flatMap((file) => file.duels.filter((duel) => duel.rival === rival));
    const count = (verdict: Verdict) => duels.filter((duel) => duel.verdict === verdict).length;
    const better = duels.filter(({ lead }) => lead.mean > 0).length;
    const which = rival === OURS ? `, which is ${counted(duels.map(({ model }) => model))}` : '';
    console.log(
      `against ${rival}: better on ${better} of ${duels.length} files; by two standard errors ahead on ${count('ahead')}, behind on ${count('BEHIND')}${which}`,
    );
  }
  const first = compared.filter(({ duels }) => duels.every(({ lead }) => lead.mean > 0)).length;
  const behind = compared.filter(({ duels }) => duels.some(({ verdict }) => verdict === 'BEHIND'));
  console.log(
    `against all: better than every one on ${first} of ${compared.length} files; behind one by two standard errors on ${behind.length}${behind.map(({ file }) => `, ${file}`).join('')}`,
  );
}

function printTimes(compared: readonly ComparedFile[], seconds: number): void {
  const searches = compared.flatMap((file) => file.searches);
  const clocks = searches.map(({ clock }) => clock);
  const late = clocks.filter((clock) => clock > seconds + Math.max(2, seconds / 10)).length;
  const busy = searches.map(coresOf).toSorted((a, b) => a - b);
  const codes = [...new Set(searches.map(({ code }) => code))];
  console.log(
    `clock: at most ${Math.max(...clocks).toFixed(1)} s, over by more than a tenth or 2 s in ${late} of ${searches.length}; processor seconds by those of the clock: ${busy[0]!.toFixed(2)} at least, ${mean(busy).toFixed(2)} on average; code ${codes.join(', ')}`,
  );
}

interface CandidateSum {
  readonly name: string;
  tried: number;
  done: number;
  dropped: number;
  seconds: number;
  weighed: number;
  weight: number;
}

/** What each candidate cost, and what it was good for, over all trainings of the files. */
function printCandidates(compared: readonly ComparedFile[]): void {
  const searches = compared.flatMap((file) => file.searches);
  const sums = new Map<string, CandidateSum>();
  for (const { name, status, fitSeconds, weight } of searches.flatMap(({ candidates }) => candidates ?? [])) {
    const sum = sums.get(name) ?? { name, tried: 0, done: 0, dropped: 0, seconds: 0, weighed: 0, weight: 0 };
    sums.set(name, sum);
    if (fitSeconds !== null) sum.tried++;
    if (status === 'DONE') sum.done++;
    if (status === 'DROPPED') sum.dropped++;
    sum.seconds += fitSeconds ?? 0;
    if (weight !== null && weight > 0) sum.weighed++;
    sum.weight += weight ?? 0;
  }
  const tried = [...sums.values()].filter(({ tried: times }) => times > 0);
  console.log(
    `\n${'candidate'.padEnd(44)}${['tried', 'done', 'dropped', 'seconds', 'weighed', 'weight'].map((cell) => cell.padStart(9)).join('')}`,
  );
  for (const { name, tried: times, done, dropped, seconds, weighed, weight } of tried) {
    const cells = [times, done, dropped, (seconds / times).toFixed(2), weighed, (weight / searches.length).toFixed(3)];
    console.log(`${name.padEnd(44)}${cells.map((cell) => String(cell).padStart(9)).join('')}`);
  }
  const untried = sums.size - tried.length;
  console.log(
    `of ${searches.length} trainings; seconds: of fitting the folds, each time it was tried; weight: on average over all trainings; ${untried} more were never tried`,
  );
}

function countOf(candidates: Result['candidates'], wanted: string): number {
  return candidates?.filter(({ status }) => status === wanted).length ?? 0;
}

function coresOf({ processor, clock }: Result): number {
  return processor / clock;
}

function counted(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `${name} ${names.filter((each) => each === name).length}`).join(', ');
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`;
}

function row(file: string, ...cells: readonly string[]): void {
  const widths = [8, 7, 7, 16];
  console.log(`${file.padEnd(26)}${cells.map((cell, i) => cell.padStart(widths[i] ?? 26)).join('')}`.trimEnd());
}
