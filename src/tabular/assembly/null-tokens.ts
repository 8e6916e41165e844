// Cells that stand for "no value".

/** The texts that do: for each, u32 length and its bytes. */
let tokens: usize = 0;
let tokensEnd: usize = 0;
/** The numbers that do, f64. */
let numbers: usize = 0;
let numbersEnd: usize = 0;

/** Says which texts and which numbers stand for "no value". */
export function setMissing(texts: usize, textsEnd: usize, values: usize, valuesEnd: usize): void {
  tokens = texts;
  tokensEnd = textsEnd;
  numbers = values;
  numbersEnd = valuesEnd;
}

export function isMissing(start: usize, length: u32): bool {
  if (length == 0) return true;
  for (let at = tokens; at < tokensEnd; at += 4 + load<u32>(at)) {
    if (load<u32>(at) == length && memory.compare(at + 4, start, length) == 0) return true;
  }
  return false;
}

export function isMissingNumber(value: f64): bool {
  for (let at = numbers; at < numbersEnd; at += 8) if (load<f64>(at) == value) return true;
  return false;
}
