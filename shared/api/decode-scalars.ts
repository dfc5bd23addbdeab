// Strings with a form: base64 and times, read and written again as Go does, with the errors that Go gives.

const base64Form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Base64 as Go writes it again; an Error with Go's message where it is none. */
export function canonicalBase64(text: string): string | Error {
  if (!base64Form.test(text)) {
    const position = corruptAt(text);
    if (position !== undefined) return new Error(`illegal base64 data at input byte ${position}`);
  }
  return text.endsWith('=') || !base64Form.test(text) ? Buffer.from(text, 'base64').toString('base64') : text;
}

/** Where Go's decoder gives up; undefined where it doesn't (it skips line ends). */
function corruptAt(text: string): number | undefined {
  let inQuantum = 0;
  for (let position = 0; position < text.length; position++) {
    const char = text.charAt(position);
    if (char === '\n' || char === '\r') continue;
    if (/[A-Za-z0-9+/]/.test(char)) inQuantum = (inQuantum + 1) % 4;
    else if (char === '=' && inQuantum >= 2) return corruptPadding(text, position, inQuantum);
    else return position;
  }
  return inQuantum === 0 ? undefined : text.length - inQuantum;
}

function corruptPadding(text: string, first: number, inQuantum: number): number | undefined {
  let position = skipLineEnds(text, first + 1);
  if (inQuantum === 2) {
    if (position === text.length) return text.length;
    if (text.charAt(position) !== '=') return position - 1;
    position = skipLineEnds(text, position + 1);
  }
  return position < text.length ? position : undefined;
}

function skipLineEnds(text: string, from: number): number {
  let position = from;
  while (text.charAt(position) === '\n' || text.charAt(position) === '\r') position++;
  return position;
}

/** One element of Go's layout: its name in messages, what it matches, and the range of its value. */
type Element = [name: string, pattern: RegExp, range?: [word: string, low: number, high: number]];

const date: Element[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/, ['month', 1, 12]],
  ['-', /^-/],
  ['02', /^\d\d/, ['day', 1, 31]],
  ['T', /^T/],
  ['15', /^\d\d?/, ['hour', 0, 23]],
  [':', /^:/],
  ['04', /^\d\d/, ['minute', 0, 59]],
  [':', /^:/],
];
const zone: Element = ['Z07:00', /^(?:Z|[+-]\d\d:\d\d)/];
const layouts = {
  seconds: {
    layout: '2006-01-02T15:04:05Z07:00',
    elements: [...date, ['05', /^\d\d(?:[.,]\d+)?/, ['second', 0, 59.999999999]], zone] as Element[],
  },
  micro: {
    layout: '2006-01-02T15:04:05.000000Z07:00',
    elements: [...date, ['05', /^\d\d/, ['second', 0, 59]], ['.000000', /^\.\d{6}/], zone] as Element[],
  },
};

const canonicalForm = {
  seconds: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/,
  micro: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/,
};

/**
 * A time (`seconds`: meta/v1 Time; `micro`: MicroTime) in UTC with that many digits, as Go writes it again;
 * an Error with Go's message where it is none.
 */
export function canonicalTime(text: string, precision: 'seconds' | 'micro'): string | Error {
  if (canonicalForm[precision].test(text)) return text;
  const fault = timeFault(text, precision);
  if (fault) return new Error(fault);
  const whole = new Date(text.replace(/[.,]\d+/, '').replace(/T(\d):/, 'T0$1:'));
  const seconds = whole.toISOString().slice(0, 19);
  return precision === 'seconds' ? `${seconds}Z` : `${seconds}${/\.\d{6}/.exec(text)?.[0] ?? ''}Z`;
}

function timeFault(text: string, precision: 'seconds' | 'micro'): string | undefined {
  const { layout, elements } = layouts[precision];
  let rest = text;
  for (const [name, pattern, range] of elements) {
    const match = pattern.exec(rest)?.[0];
    if (match === undefined)
      return `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${name}"`;
    const value = Number(match.replace(',', '.'));
    if (range && (value < range[1] || value > range[2]))
      return `parsing time ${JSON.stringify(text)}: ${range[0]} out of range`;
    rest = rest.slice(match.length);
  }
  if (rest) return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return day > new Date(Date.UTC(year, month, 0)).getUTCDate()
    ? `parsing time ${JSON.stringify(text)}: day out of range`
    : undefined;
}
