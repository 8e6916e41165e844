// The distinct labels of a column, numbered in order of first appearance.

import { allocate, enlarge } from '../../runtime/assembly/arena';
import { isMissing } from './null-tokens';

/** A distinct text: 16 bytes, as a column may have many millions. */
@unmanaged
class Entry {
  /** The lower half of its hash: enough to find its slot, and for nearly all others to be told from it. */
  hash: u32;
  /** Its bytes lie in the texts from here on. */
  start: u32;
  /** Its length, and MISSING where it stands for "no value". */
  length: u32;
  /** The line at which it first occurs. */
  line: u32;
}

/** The highest bit of a length: no cell is as long. */
const MISSING: u32 = 0x80000000;

/** An open-addressing hash table over entries in order of first appearance; texts lie one after the other. */
@unmanaged
export class Labels {
  /** Entry numbers plus one, u32; 0 where a slot is free. Kept at most half full: a search rarely looks at more than two. */
  slots: usize;
  mask: u32;
  entries: usize;
  entryCount: u32;
  entryCapacity: u32;
  texts: usize;
  textLength: u32;
  textCapacity: u32;
}

const FIRST_SLOTS: u32 = 16;
const FIRST_TEXT_BYTES: u32 = 128;
/** What the memory of a module can hold at most, nearly: asking for more ends in an error. */
const MAX_TEXT_BYTES: u64 = 0xfff00000;

/** An odd multiplier: 2^64 by the golden ratio. */
const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

/** Chosen anew by every thread, or once for all that read a file, so that no file can be made of texts that collide. */
export let seed: u64 = 0;

export function setSeed(value: u64): void {
  seed = value;
}

export function newLabels(): Labels {
  const labels = changetype<Labels>(allocate(offsetof<Labels>()));
  labels.slots = allocate(FIRST_SLOTS * 4);
  memory.fill(labels.slots, 0, FIRST_SLOTS * 4);
  labels.mask = FIRST_SLOTS - 1;
  labels.entryCapacity = FIRST_SLOTS / 2;
  labels.entries = allocate(labels.entryCapacity * offsetof<Entry>());
  labels.textCapacity = FIRST_TEXT_BYTES;
  labels.texts = allocate(FIRST_TEXT_BYTES);
  labels.entryCount = 0;
  labels.textLength = 0;
  return labels;
}

/** Reserves memory for this many texts and bytes before the first one: growing would leave as much memory unused. */
export function reserveLabels(labels: Labels, count: u32, bytes: u32): void {
  if (count > labels.entryCapacity) {
    labels.entryCapacity = count;
    labels.entries = allocate(<usize>count * offsetof<Entry>());
    let slots = labels.mask + 1;
    // As growSlots keeps them: at most half full.
    while (slots < count * 2) slots *= 2;
    labels.slots = allocate((<usize>slots) << 2);
    memory.fill(labels.slots, 0, (<usize>slots) << 2);
    labels.mask = slots - 1;
  }
  const wanted = <u32>min(<u64>bytes + 8, MAX_TEXT_BYTES);
  if (wanted > labels.textCapacity) {
    labels.textCapacity = wanted;
    labels.texts = allocate(wanted);
  }
}

/** Removes all labels, and keeps their memory. */
export function clearLabels(labels: Labels): void {
  memory.fill(labels.slots, 0, (labels.mask + 1) << 2);
  labels.entryCount = 0;
  labels.textLength = 0;
}

/** The hash of the text that was looked up last. */
export let lastHash: u64 = 0;
/** Whether that text stands for "no value". */
export let lastIsMissing: bool = false;

/**
 * A hash with more bits in it. Multiplied twice: after one multiplication the highest bit of `bits` changes the same few
 * bits whatever the seed, and the next bits could be chosen to change them back.
 */
export function mix(hash: u64, bits: u64): u64 {
  const mixed = (hash ^ bits) * MULTIPLIER;
  return (mixed ^ (mixed >> 32)) * MULTIPLIER;
}

/** The hash of a text. Up to 7 bytes after it are read, and do not count. */
function hashOf(start: usize, length: u32): u64 {
  let hash = seed ^ (<u64>length * MULTIPLIER);
  let at = start;
  let left = length;
  while (left >= 8) {
    hash = mix(hash, load<u64>(at));
    at += 8;
    left -= 8;
  }
  if (left > 0) hash = mix(hash, load<u64>(at) & (((<u64>1) << ((<u64>left) << 3)) - 1));
  return hash ^ (hash >> 29);
}

/** Whether two texts of one length are the same. */
function areEqual(left: usize, right: usize, length: u32): bool {
  let remaining = length;
  let at: usize = 0;
  while (remaining >= 8) {
    if (load<u64>(left + at) != load<u64>(right + at)) return false;
    at += 8;
    remaining -= 8;
  }
  const mask = ((<u64>1) << ((<u64>remaining) << 3)) - 1;
  return ((load<u64>(left + at) ^ load<u64>(right + at)) & mask) == 0;
}

/**
 * The number of a label, which is added with its line where it is new. A text that stands for "no value" is one too: only when
 * all have been read is it known whether that is what it means here. Up to 7 bytes after the text are read, and do not
 * count.
 */
export function addLabel(labels: Labels, start: usize, length: u32, line: u32): i32 {
  const hash = hashOf(start, length);
  lastHash = hash;
  const mask = labels.mask;
  let slot = <u32>hash & mask;
  let number = load<u32>(labels.slots + ((<usize>slot) << 2));
  while (number != 0) {
    const entry = changetype<Entry>(labels.entries + <usize>(number - 1) * offsetof<Entry>());
    const isAlike = entry.hash == <u32>hash && lengthOf(entry) == length;
    if (isAlike && areEqual(labels.texts + entry.start, start, length)) {
      lastIsMissing = (entry.length & MISSING) != 0;
      return <i32>(number - 1);
    }
    slot = (slot + 1) & mask;
    number = load<u32>(labels.slots + ((<usize>slot) << 2));
  }
  return insert(labels, slot, hash, start, length, line);
}

function insert(labels: Labels, slot: u32, hash: u64, start: usize, length: u32, line: u32): i32 {
  if (labels.entryCount == labels.entryCapacity) {
    const bytes = <usize>labels.entryCapacity * offsetof<Entry>();
    labels.entries = enlarge(labels.entries, bytes, bytes * 2);
    labels.entryCapacity *= 2;
  }
  // 8 bytes more than needed: texts are compared by words.
  if (labels.textLength + length + 8 > labels.textCapacity) {
    const wanted = min(max(<u64>labels.textCapacity * 2, <u64>labels.textLength + length + 8), MAX_TEXT_BYTES);
    labels.texts = enlarge(labels.texts, labels.textCapacity, <usize>wanted);
    labels.textCapacity = <u32>wanted;
  }
  memory.copy(labels.texts + labels.textLength, start, length);
  const entry = changetype<Entry>(labels.entries + <usize>labels.entryCount * offsetof<Entry>());
  lastIsMissing = isMissing(start, length);
  entry.hash = <u32>hash;
  entry.start = labels.textLength;
  entry.length = lastIsMissing ? length | MISSING : length;
  entry.line = line;
  labels.textLength += length;
  labels.entryCount++;
  store<u32>(labels.slots + ((<usize>slot) << 2), labels.entryCount);
  if (labels.entryCount * 2 > labels.mask) growSlots(labels);
  return <i32>(labels.entryCount - 1);
}

function growSlots(labels: Labels): void {
  const count = (labels.mask + 1) * 2;
  labels.slots = allocate((<usize>count) << 2);
  memory.fill(labels.slots, 0, (<usize>count) << 2);
  labels.mask = count - 1;
  for (let number: u32 = 1; number <= labels.entryCount; number++) {
    const entry = changetype<Entry>(labels.entries + <usize>(number - 1) * offsetof<Entry>());
    let slot = entry.hash & labels.mask;
    while (load<u32>(labels.slots + ((<usize>slot) << 2)) != 0) slot = (slot + 1) & labels.mask;
    store<u32>(labels.slots + ((<usize>slot) << 2), number);
  }
}

/** The number of each of many labels, i32, in order: their texts lie one after the other, and `ends`, f64, say where each ends. */
export function addLabels(labels: Labels, texts: usize, ends: usize, count: u32, codes: usize): void {
  let start = texts;
  for (let index: usize = 0; index < count; index++) {
    const end = texts + <usize>load<f64>(ends + (index << 3));
    store<i32>(codes + (index << 2), addLabel(labels, start, <u32>(end - start), 0));
    start = end;
  }
}

export function labelCount(labels: Labels): u32 {
  return labels.entryCount;
}

function lengthOf(entry: Entry): u32 {
  return entry.length & ~MISSING;
}

/** The bytes of the labels [first, last) together. */
export function packedLengthOf(labels: Labels, first: i32, last: i32): u32 {
  let length: u32 = 0;
  for (let index = first; index < last; index++) {
    length += lengthOf(changetype<Entry>(labels.entries + <usize>index * offsetof<Entry>()));
  }
  return length;
}

/** Writes the texts of the labels [first, last), one after the other, and of each the end, f64, and its first line, f64. */
export function packLabels(labels: Labels, first: i32, last: i32, texts: usize, ends: usize, lines: usize): void {
  let length: u32 = 0;
  for (let index = first; index < last; index++) {
    const entry = changetype<Entry>(labels.entries + <usize>index * offsetof<Entry>());
    memory.copy(texts + length, labels.texts + entry.start, lengthOf(entry));
    length += lengthOf(entry);
    const at = (<usize>(index - first)) << 3;
    store<f64>(ends + at, <f64>length);
    store<f64>(lines + at, <f64>entry.line);
  }
}
