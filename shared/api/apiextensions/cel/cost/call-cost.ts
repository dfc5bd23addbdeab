// What operations cost by the sizes of what they are given, in CEL's own units (cel-go/checker/cost.go,
// k8s.io/apiserver/pkg/cel/library/cost.go). The estimate and the meter both reckon with it.

/** Characters of text that one unit reads. */
const textFactor = 0.1;
const patternFactor = 0.25;

export const listCost = 10;
export const mapCost = 30;
/** Two of them are as much as one expression may spend on asking for permissions. */
const checkCost = 350_000;

/** An operation that is traversed once, twice … */
function traversed(size: number, factor = textFactor): number {
  return Math.ceil(size * factor);
}

function matched(text: number, pattern: number): number {
  return traversed(text + 1) * Math.ceil(pattern * patternFactor);
}

interface Sizes {
  /** Of the receiver, or of the first argument of a function. */
  target: number;
  /** Of the first argument of a method. */
  argument: number;
  /** Of one element of the receiver: 0 where it is no text. */
  element: number;
  result: number;
}

type Rule = (sizes: Sizes) => number;

const whole: Rule = ({ target }) => traversed(target);
const twice: Rule = ({ target }) => traversed(target, 2 * textFactor);
const looked: Rule = ({ target, element }) => target * (1 + traversed(element));
const found: Rule = ({ target, argument }) => matched(target, argument);
/** An address has up to 16 bytes. */
const inRange: Rule = ({ argument }) => traversed(32) + traversed(argument);

const rules: Readonly<Record<string, Rule>> = {
  check: () => checkCost,
  contains: ({ target, argument }) => traversed(target) * traversed(argument),
  startsWith: ({ argument }) => traversed(argument),
  endsWith: ({ argument }) => traversed(argument),
  matchesRe2: found,
  find: found,
  findAll: found,
  isSorted: looked,
  sum: looked,
  min: looked,
  max: looked,
  lowerAsciiOnly: whole,
  upperAsciiOnly: whole,
  substringOf: whole,
  trim: whole,
  url: whole,
  isURL: whole,
  ip: whole,
  isIP: whole,
  cidr: whole,
  isCIDR: whole,
  quantity: whole,
  isQuantity: whole,
  format: whole,
  bytes: whole,
  replace: twice,
  split: twice,
  join: ({ result }) => traversed(result),
  containsIP: inRange,
  containsCIDR: (sizes) => inRange(sizes) + traversed(16) + 1,
};

/** Of a function or method, without what its arguments cost. */
export function callCost(name: string, sizes: Sizes, isList: boolean): number {
  if (name === 'indexOf' || name === 'lastIndexOf') return isList ? looked(sizes) : whole(sizes);
  return Object.hasOwn(rules, name) ? (rules[name]?.(sizes) ?? 1) : 1;
}

/** `==`, `<` …: the smaller of both is looked at. */
export function comparisonCost(one: number, other: number): number {
  return traversed(Math.min(one, other));
}

export function concatenationCost(size: number): number {
  return traversed(size);
}

/** What a loop costs beside what is in it: once, and for each element. */
export const loopCosts: Readonly<Record<string, { once: number; each: number }>> = {
  all: { once: 1, each: 3 },
  exists: { once: 1, each: 4 },
  exists_one: { once: 2, each: 2 },
  existsOne: { once: 2, each: 2 },
  map: { once: listCost + 1, each: listCost + 2 },
  filter: { once: listCost + 1, each: listCost + 3 },
  transformList: { once: listCost + 1, each: listCost + 2 },
  transformMap: { once: mapCost + 1, each: 3 },
  transformMapEntry: { once: mapCost + 1, each: 3 },
};
