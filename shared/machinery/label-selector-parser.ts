// The string form of label selectors: `a=b,c!=d,e in (x,y),f notin (z),g,!h,n>1`. Grammar and error texts are those
// of k8s.io/apimachinery/pkg/labels.

import { ApiError } from './errors.ts';
import {
  type LabelRequirement,
  parseInteger,
  type Selector,
  type SelectorOperator,
  selectorFromRequirements,
} from './label-selector.ts';
import { labelValue, qualifiedName } from './names.ts';

type TokenKind = 'identifier' | 'symbol' | 'end' | 'error';

interface Token {
  kind: TokenKind;
  text: string;
}

const binaryOperators = ['in', 'notin', '=', '==', '!=', 'gt', 'lt'];
const symbolOperators: ReadonlyMap<string, SelectorOperator> = new Map([
  ['in', 'in'],
  ['notin', 'notin'],
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['>', 'gt'],
  ['<', 'lt'],
]);
const symbols = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const isSymbolCharacter = (character: string) => '=!(),><'.includes(character);
const isBlank = (character: string) => ' \t\r\n'.includes(character);

/** Compiles the string form. Throws ApiError BadRequest with upstream's message. */
export function parseLabelSelector(text: string): Selector {
  return selectorFromRequirements(new Parser(tokensOf(text)).requirements());
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    if (isBlank(character)) {
      position += 1;
      continue;
    }
    const token = isSymbolCharacter(character) ? symbolAt(text, position) : identifierAt(text, position);
    tokens.push(token.token);
    position = token.next;
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

function symbolAt(text: string, start: number): { token: Token; next: number } {
  const two = text.slice(start, start + 2);
  const symbol = symbols.has(two) ? two : text.charAt(start);
  return { token: { kind: 'symbol', text: symbol }, next: start + symbol.length };
}

function identifierAt(text: string, start: number): { token: Token; next: number } {
  let next = start;
  while (next < text.length && !isSymbolCharacter(text.charAt(next)) && !isBlank(text.charAt(next)))
    next += 1;
  return { token: { kind: 'identifier', text: text.slice(start, next) }, next };
}

function bad(message: string): ApiError {
  return new ApiError('BadRequest', message);
}

function badRequirement(message: string): ApiError {
  return bad(`unable to parse requirement: ${message}`);
}

const end: Token = { kind: 'end', text: '' };

class Parser {
  private readonly tokens: readonly Token[];
  private position = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  requirements(): LabelRequirement[] {
    const found: LabelRequirement[] = [];
    if (this.peek().kind === 'end') return found;
    if (!this.startsRequirement()) {
      throw bad(`found '${this.peek().text}', expected: !, identifier, or 'end of string'`);
    }
    for (;;) {
      found.push(this.requirement());
      const separator = this.take();
      if (separator.kind === 'end') return found;
      if (separator.text !== ',') {
        throw bad(`found '${separator.text}', expected: ',' or 'end of string'`);
      }
      if (!this.startsRequirement()) {
        throw bad(`found '${this.peek().text}', expected: identifier after ','`);
      }
    }
  }

  private peek(): Token {
    return this.tokens[this.position] ?? end;
  }

  private take(): Token {
    const token = this.peek();
    this.position += 1;
    return token;
  }

  private at(symbol: string): boolean {
    const { kind, text } = this.peek();
    return kind === 'symbol' && text === symbol;
  }

  private startsRequirement(): boolean {
    return this.peek().kind === 'identifier' || this.at('!');
  }

  private requirement(): LabelRequirement {
    const negated = this.at('!');
    if (negated) this.take();
    const { kind, text: key } = this.take();
    if (kind !== 'identifier') throw badRequirement(`found '${key}', expected: identifier`);
    const faults = qualifiedName(key);
    if (faults.length > 0) throw badRequirement(invalidValue('<nil>', key, faults.join('; ')));
    if (negated) return { key, operator: '!', values: [] };
    if (this.peek().kind === 'end' || this.at(',')) return { key, operator: 'exists', values: [] };
    const operator = this.operator();
    const values = operator === 'in' || operator === 'notin' ? this.values() : [this.exactValue()];
    return checked({ key, operator, values: [...new Set(values)].sort() });
  }

  private operator(): SelectorOperator {
    const { text } = this.take();
    const operator = symbolOperators.get(text);
    if (!operator) throw badRequirement(`found '${text}', expected: ${binaryOperators.join(', ')}`);
    return operator;
  }

  private exactValue(): string {
    if (this.peek().kind === 'end' || this.at(',')) return '';
    const { kind, text } = this.take();
    if (kind !== 'identifier') throw badRequirement(`found '${text}', expected: identifier`);
    return text;
  }

  /** `(x,,y)`: what is missing between commas is the empty value. */
  private values(): string[] {
    const open = this.take();
    if (open.text !== '(') throw badRequirement(`found '${open.text}' expected: '('`);
    const found: string[] = [];
    let wanted = true;
    for (;;) {
      const { kind, text } = this.take();
      if (kind === 'identifier') {
        if (!wanted) throw badRequirement(`found '${text}', expected: ',' or ')'`);
        found.push(text);
        wanted = false;
      } else if (text === ',' || text === ')') {
        if (wanted) found.push('');
        if (text === ')') return found;
        wanted = true;
      } else throw badRequirement(this.unexpectedValue(text, found, wanted));
    }
  }

  private unexpectedValue(text: string, found: readonly string[], wanted: boolean): string {
    if (!wanted) return `found '${text}', expected: ',' or ')'`;
    return found.length === 0
      ? `found '${text}', expected: ',', ')' or identifier`
      : `found '${text}', expected: ',', or identifier`;
  }
}

function invalidValue(path: string, value: string, detail: string): string {
  return `${path}: Invalid value: ${JSON.stringify(value)}: ${detail}`;
}

function checked(requirement: LabelRequirement): LabelRequirement {
  const { key, operator, values } = requirement;
  const [bound] = values;
  if ((operator === 'gt' || operator === 'lt') && parseInteger(bound) === undefined) {
    const detail = "for 'Gt', 'Lt' operators, the value must be an integer";
    throw badRequirement(invalidValue('values[0]', bound ?? '', detail));
  }
  values.forEach((value, position) => {
    const faults = labelValue(value);
    if (faults.length === 0) return;
    throw badRequirement(invalidValue(`values[${position}][${key}]`, value, faults.join('; ')));
  });
  return requirement;
}
