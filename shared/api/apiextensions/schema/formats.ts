// Formats of strings that a schema may ask for, as k8s.io/kube-openapi/pkg/validation/strfmt checks them. Others are ignored.

import { isIP, isIPv4, isIPv6 } from 'node:net';

type Check = (text: string) => boolean;

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const uuidOf = (version: number) =>
  new RegExp(
    `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${version === 3 ? '[0-9a-f]' : '[89ab]'}[0-9a-f]{3}-?[0-9a-f]{12}$`,
    'i',
  );
const hostLabel = /^(?!-)[a-zA-Z0-9_-]{1,63}(?<!-)$/;
const durationForm = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w)$/i;
const goDuration = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const wordyDuration =
  /^\d+\s*(?:nanoseconds?|nanos?|ns|microseconds?|micros?|us|µs|milliseconds?|millis?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w)$/i;

const checks: Readonly<Record<string, Check>> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  uri: (text) => URL.canParse(text) || /^\/[^\s]*$/.test(text),
  email: (text) => /^[^\s@<>()[\],;:"]+@[^\s@]+$/.test(text),
  hostname: (text) =>
    text.length <= 255 &&
    text
      .replace(/\.$/, '')
      .split('.')
      .every((label) => hostLabel.test(label)),
  ipv4: (text) => isIPv4(text),
  ipv6: (text) => isIPv6(text),
  cidr: isCidr,
  mac: (text) =>
    /^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}(?:[0-9a-f]{2})(?:(?:\1[0-9a-f]{2}){2})?$/i.test(text),
  uuid: (text) => uuid.test(text),
  uuid3: (text) => uuidOf(3).test(text),
  uuid4: (text) => uuidOf(4).test(text),
  uuid5: (text) => uuidOf(5).test(text),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  rgbcolor: isRgbColor,
  byte: (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
  password: () => true,
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text),
  duration: (text) => goDuration.test(text) || durationForm.test(text) || wordyDuration.test(text),
  datetime: isDateTime,
};

/** Whether the format is one that is checked: upstream drops the others from a schema. */
export function isKnownFormat(format: string): boolean {
  return Object.hasOwn(checks, normal(format));
}

/** True also for a format that is not known. */
export function hasFormat(text: string, format: string): boolean {
  const check = Object.hasOwn(checks, normal(format)) ? checks[normal(format)] : undefined;
  return check ? check(text) : true;
}

function normal(format: string): string {
  return format.replaceAll('-', '');
}

function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function isDateTime(text: string): boolean {
  const parts = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-]\d{2}:?\d{2})$/.exec(
    text,
  );
  if (!parts) return false;
  const [, day = '', hour, minute, second] = parts;
  return isDay(day) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}

export function isCidr(text: string): boolean {
  const [address = '', length = '', more] = text.split('/');
  return (
    more === undefined &&
    isIP(address) > 0 &&
    /^\d{1,3}$/.test(length) &&
    Number(length) <= (isIPv4(address) ? 32 : 128)
  );
}

function digitsOf(text: string): number[] {
  return [...text.replace(/[- ]/g, '')].map((digit) => (digit.toUpperCase() === 'X' ? 10 : Number(digit)));
}

function isIsbn10(text: string): boolean {
  if (!/^\d{9}[\dX]$/i.test(text.replace(/[- ]/g, ''))) return false;
  return digitsOf(text).reduce((sum, digit, index) => sum + digit * (10 - index), 0) % 11 === 0;
}

function isIsbn13(text: string): boolean {
  if (!/^\d{13}$/.test(text.replace(/[- ]/g, ''))) return false;
  return digitsOf(text).reduce((sum, digit, index) => sum + digit * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}

function isCreditCard(text: string): boolean {
  const digits = digitsOf(text);
  if (!/^\d{13,19}$/.test(text.replace(/[- ]/g, ''))) return false;
  const sum = digits.reverse().reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

function isRgbColor(text: string): boolean {
  const parts = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.exec(text);
  return parts?.slice(1).every((part) => Number(part) < 256) ?? false;
}
