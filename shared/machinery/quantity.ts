// Amounts as Kubernetes writes them (`100m`, `1.5Gi`, `2e3`): exact, with upstream's canonical form and error texts.
// Mirrors k8s.io/apimachinery/pkg/api/resource: nothing smaller than a nano, rounding away from zero.

type Format = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

const nano = 1_000_000_000n;
const milli = 1_000_000n;
/** Binary amounts are capped at what fits int64. */
const binaryCap = (2n ** 63n - 1n) * nano;
/** Longer numbers and exponents are nobody's amount, and would cost time. */
const maxLength = 512;
const maxExponent = 512;

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const plainPattern = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;

const formatMessage =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const suffixMessage = "unable to parse quantity's suffix";
const numberMessage = 'unable to parse numeric part of quantity';

/** What `Quantity.parse` throws; the message is upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

interface Scale {
  base: 2 | 10;
  exponent: number;
  format: Format;
}

/** An immutable amount. */
export class Quantity {
  private readonly nanos: bigint;
  private readonly format: Format;

  static readonly zero = new Quantity(0n, 'DecimalSI');

  private constructor(nanos: bigint, format: Format) {
    this.nanos = nanos;
    this.format = format;
  }

  /** Throws QuantityError. JSON numbers are taken as their text. */
  static parse(input: string | number): Quantity {
    const text = typeof input === 'number' ? String(input) : input;
    if (text.length > maxLength) throw new QuantityError(numberMessage);
    const match = plainPattern.exec(text);
    if (!match || text === '') throw new QuantityError(formatMessage);
    const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
    const scale = scaleOf(suffix);
    if (!scale) throw new QuantityError(suffixMessage);
    if (whole === '' && fraction === '') throw new QuantityError(numberMessage);
    const size = nanosOf(BigInt(whole + fraction), fraction.length, scale);
    const capped = scale.format === 'BinarySI' && size > binaryCap ? binaryCap : size;
    return new Quantity(sign === '-' ? -capped : capped, scale.format);
  }

  /** The amount, or the message of what is wrong with the text. */
  static check(input: unknown): Quantity | string {
    if (typeof input !== 'string' && typeof input !== 'number') return formatMessage;
    try {
      return Quantity.parse(input);
    } catch (error) {
      if (error instanceof QuantityError) return error.message;
      throw error;
    }
  }

  /** A whole number of units, e.g. bytes; `BinarySI` prints them as Ki, Mi … */
  static of(value: number | bigint, format: Format = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value) * nano, format);
  }

  /** A number of thousandths, e.g. CPU. */
  static ofMilli(value: number | bigint): Quantity {
    return new Quantity(BigInt(value) * milli, 'DecimalSI');
  }

  /** Adding to zero takes over the other's format, as upstream. */
  add(other: Quantity): Quantity {
    return new Quantity(this.nanos + other.nanos, this.nanos === 0n ? other.format : this.format);
  }

  sub(other: Quantity): Quantity {
    return new Quantity(this.nanos - other.nanos, this.nanos === 0n ? other.format : this.format);
  }

  negate(): Quantity {
    return new Quantity(-this.nanos, this.format);
  }

  /** Times a whole number. */
  times(factor: number): Quantity {
    return new Quantity(this.nanos * BigInt(factor), this.format);
  }

  /** Negative, 0 or positive, as for sorting. */
  compare(other: Quantity): -1 | 0 | 1 {
    if (this.nanos === other.nanos) return 0;
    return this.nanos < other.nanos ? -1 : 1;
  }

  equals(other: Quantity): boolean {
    return this.nanos === other.nanos;
  }

  /** -1, 0 or 1. */
  get sign(): -1 | 0 | 1 {
    return this.compare(Quantity.zero);
  }

  get isInteger(): boolean {
    return this.nanos % nano === 0n;
  }

  /** The amount with its fraction: 0.1 for `100m`. */
  toNumber(): number {
    return Number(this.nanos / nano) + Number(this.nanos % nano) / 1e9;
  }

  /** Whole units (bytes, cores), rounded away from zero. */
  value(): number {
    return Number(divideAway(this.nanos, nano));
  }

  /** Thousandths, rounded away from zero. */
  milliValue(): number {
    return Number(divideAway(this.nanos, milli));
  }

  /** Canonical form: no fraction, the largest suffix that keeps it exact. */
  toString(): string {
    if (this.nanos === 0n) return '0';
    if (this.format === 'BinarySI' && this.isInteger) {
      const units = this.nanos / nano;
      if (units <= -1024n || units >= 1024n) return binaryForm(units);
    }
    return decimalForm(this.nanos, this.format === 'DecimalExponent');
  }

  toJSON(): string {
    return this.toString();
  }
}

function scaleOf(suffix: string): Scale | undefined {
  const decimal = decimalSuffixes.indexOf(suffix);
  if (decimal >= 0) return { base: 10, exponent: (decimal - 3) * 3, format: 'DecimalSI' };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: 'BinarySI' };
  const exponent = /^[eE]([-+]?[0-9]+)$/.exec(suffix)?.[1];
  if (exponent === undefined) return undefined;
  return { base: 10, exponent: Number(exponent), format: 'DecimalExponent' };
}

function nanosOf(digits: bigint, fractionLength: number, { base, exponent }: Scale): bigint {
  if (base === 2) return shiftTen((digits << BigInt(exponent)) * nano, -fractionLength);
  if (digits === 0n) return 0n;
  if (exponent > maxExponent) throw new QuantityError(numberMessage);
  return shiftTen(digits, Math.max(exponent - fractionLength + 9, -2 * maxLength));
}

/** Times ten to the power; what is lost is rounded away from zero. */
function shiftTen(value: bigint, power: number): bigint {
  return power >= 0 ? value * 10n ** BigInt(power) : divideAway(value, 10n ** BigInt(-power));
}

function divideAway(value: bigint, divisor: bigint): bigint {
  const whole = value / divisor;
  if (whole * divisor === value) return whole;
  return value < 0n ? whole - 1n : whole + 1n;
}

function binaryForm(units: bigint): string {
  let rest = units;
  let step = 0;
  while (step < binarySuffixes.length - 1 && rest % 1024n === 0n) {
    rest /= 1024n;
    step += 1;
  }
  return `${rest}${binarySuffixes[step]}`;
}

function decimalForm(nanos: bigint, asExponent: boolean): string {
  let rest = nanos;
  let exponent = -9;
  while (rest % 1000n === 0n && (asExponent || exponent < 18)) {
    rest /= 1000n;
    exponent += 3;
  }
  if (!asExponent) return `${rest}${decimalSuffixes[exponent / 3 + 3]}`;
  return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
}
