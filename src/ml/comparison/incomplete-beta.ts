/**
 * The regularised incomplete beta function I_x(a, b): the chance that a number of the distribution Beta(a, b) is at most x.
 * The tails of Student's t and of the binomial distribution are values of it.
 *
 * `x` and `y` = 1 - x are both given, since one of them is often too near to 1 to recover the other; a and b are above 0.
 * Continued fraction 8.17.22 of the NIST Handbook (dlmf.nist.gov), by Lentz's method in the form of Press et al.,
 * Numerical Recipes, 6.4. Cost: about the root of max(a, b) steps. Good to about 1e-12 of the value; 1e-9 for a or b of 1e6.
 *
 * @example incompleteBeta(0.5, 0.5, 2, 3) // 0.6875 = 11 / 16
 */
export function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const front = Math.exp(a * logOf(x, y) + b * logOf(y, x) - logBeta(a, b));
  // The fraction is quick below the mean of the distribution; above it the other tail is taken.
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(y, b, a)) / b;
}

/** ln x, where x = 1 - y: by the smaller of the two, which has all of its digits. */
function logOf(x: number, y: number): number {
  return y < 0.5 ? Math.log1p(-y) : Math.log(x);
}

/** Keeps a step of the fraction from dividing by 0. */
const TINY = 1e-300;

/** Some ten times what a and b of 1e6 take. */
const MAX_STEPS = 50_000;

function fraction(x: number, a: number, b: number): number {
  let numerator = 1;
  let denominator = awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = 1 / denominator;
  for (let m = 1; m <= MAX_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    denominator = awayFromZero(1 + even / denominator);
    numerator = awayFromZero(1 + even / numerator);
    value *= numerator / denominator;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    denominator = awayFromZero(1 + odd / denominator);
    numerator = awayFromZero(1 + odd / numerator);
    const change = numerator / denominator;
    value *= change;
    if (Math.abs(change - 1) < 1e-15) return value;
  }
  throw new RangeError(`the incomplete beta function of ${a} and ${b} does not converge`);
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** From here on Stirling's series is good to the last digit. */
const STIRLING_FROM = 10;

/**
 * ln B(a, b) = ln(G(a) G(b) / G(a + b)), G being the gamma function. With Stirling's series taken apart, so that for large
 * arguments no large logarithms are subtracted from one another (Didonato and Morris, 1992, as R's lbeta does it).
 */
function logBeta(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  if (large < STIRLING_FROM) return logGamma(small) + logGamma(large) - logGamma(small + large);
  const remainder = stirlingRemainder(large) - stirlingRemainder(small + large);
  const share = Math.log1p(-small / (small + large));
  if (small < STIRLING_FROM) {
    return logGamma(small) + remainder + small - small * Math.log(small + large) + (large - 0.5) * share;
  }
  const constant = 0.5 * Math.log(2 * Math.PI) - 0.5 * Math.log(large);
  return (
    constant + stirlingRemainder(small) + remainder + (small - 0.5) * Math.log(small / (small + large)) + large * share
  );
}

/** What ln G(x) is above (x - 1/2) ln x - x + ln(2 pi) / 2, for x of 10 and more: the first terms of Stirling's series. */
function stirlingRemainder(x: number): number {
  const u = 1 / (x * x);
  return (1 / 12 - u * (1 / 360 - u * (1 / 1260 - u * (1 / 1680 - u * (1 / 1188 - (u * 691) / 360_360))))) / x;
}

/** ln G(x) for x above 0: by G(x + 1) = x G(x) up to where Stirling's series is good. */
function logGamma(x: number): number {
  let product = 1;
  let shifted = x;
  for (; shifted < STIRLING_FROM; shifted++) product *= shifted;
  const stirling = (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI);
  return stirling + stirlingRemainder(shifted) - Math.log(product);
}
