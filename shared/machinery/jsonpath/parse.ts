// kubectl's JSONPath templates as a tree: text, and in braces paths, quoted text, `range … end`.

import { UserError } from '../../base/index.ts';

export type Step =
  | { step: 'field'; name: string }
  | { step: 'wildcard' }
  | { step: 'recursive' }
  | { step: 'slice'; start: number | undefined; end: number | undefined; stride: number }
  | { step: 'index'; index: number }
  | { step: 'union'; branches: Step[][] }
  | { step: 'filter'; left: Operand; operator: Operator; right: Operand };

export type Operator = 'exists' | '==' | '!=' | '<' | '>' | '<=' | '>=';
export type Operand = { path: Step[] } | { literal: string | number | boolean };

export type TemplateNode =
  | { node: 'text'; text: string }
  | { node: 'path'; steps: Step[] }
  | { node: 'range'; steps: Step[]; body: TemplateNode[] };

/** Throws UserError that says what can't be read. */
export function parseTemplate(template: string): TemplateNode[] {
  return new Parser(template).template();
}

/** One path without braces, e.g. `.metadata.name`. */
export function parsePath(path: string): Step[] {
  return new Parser(path).path('');
}

function bad(template: string, why: string): UserError {
  return new UserError(`error parsing jsonpath ${template}, ${why}`);
}

class Parser {
  private readonly text: string;
  private position = 0;

  constructor(text: string) {
    this.text = text;
  }

  template(): TemplateNode[] {
    const open: { node: TemplateNode & { node: 'range' }; outer: TemplateNode[] }[] = [];
    const root: TemplateNode[] = [];
    let nodes = root;
    while (this.position < this.text.length) {
      const brace = this.text.indexOf('{', this.position);
      const end = brace < 0 ? this.text.length : brace;
      if (end > this.position) nodes.push({ node: 'text', text: this.text.slice(this.position, end) });
      this.position = end;
      if (brace < 0) break;
      this.position += 1;
      for (;;) {
        this.blanks();
        if (this.took('}')) break;
        if (this.position >= this.text.length) throw bad(this.text, 'unclosed action');
        if (this.tookWord('range')) {
          this.blanks();
          const range: TemplateNode & { node: 'range' } = { node: 'range', steps: this.path('}'), body: [] };
          nodes.push(range);
          open.push({ node: range, outer: nodes });
          nodes = range.body;
        } else if (this.tookWord('end')) {
          const range = open.pop();
          if (!range) throw bad(this.text, 'not in range, nothing to end');
          nodes = range.outer;
        } else if (/["']/.test(this.peek())) nodes.push({ node: 'text', text: this.quoted() });
        else nodes.push({ node: 'path', steps: this.path('}') });
      }
    }
    return root;
  }

  /** Until `end`, a blank, or what no path goes on with. */
  path(end: string): Step[] {
    const steps: Step[] = [];
    for (;;) {
      const next = this.peek();
      if (next === '' || next === ' ' || (end && next === end)) return steps;
      if (next === '$' || next === '@') this.position += 1;
      else if (this.took('..')) {
        steps.push({ step: 'recursive' });
        if (!/[[.]/.test(this.peek())) steps.push(...this.field());
      } else if (this.took('.')) steps.push(...this.field());
      else if (this.took('[?(')) steps.push(this.filter());
      else if (next === '[') steps.push(...this.bracket());
      else if (steps.length === 0 && /[\p{L}\d_]/u.test(next))
        throw bad(this.text, `unrecognized identifier ${this.word()}`);
      else throw bad(this.text, `unrecognized character in action: ${codePoint(next)}`);
    }
  }

  private field(): Step[] {
    const name = this.word();
    if (name === '') return [];
    return [name === '*' ? { step: 'wildcard' } : { step: 'field', name: name.replace(/\\(.)/g, '$1') }];
  }

  private word(): string {
    const match = /^(?:\\[\s\S]|[^\s.,[\]{}$@\\])*/.exec(this.text.slice(this.position))?.[0] ?? '';
    this.position += match.length;
    return match;
  }

  /** `[0]`, `[1:3]`, `[*]`, `['a','b']` */
  private bracket(): Step[] {
    const match = /^\[((?:'[^']*'|"[^"]*"|[^[\]])*)\]/.exec(this.text.slice(this.position));
    if (!match) throw bad(this.text, 'unterminated array');
    this.position += match[0].length;
    const parts = (match[1] ?? '').match(/(?:'[^']*'|"[^"]*"|[^,])+/g) ?? [''];
    if (parts.length === 1) return this.element((match[1] ?? '').trim());
    return [{ step: 'union', branches: parts.map((part) => this.element(part.trim())) }];
  }

  /** What stands in quotes is a path of its own: `['metadata.name']`. */
  private element(text: string): Step[] {
    if (text === '*') return [{ step: 'wildcard' }];
    const key = /^'([^']*)'$/.exec(text)?.[1];
    if (key !== undefined) return parsePath(`.${key}`);
    if (/^-?\d+$/.test(text)) return [{ step: 'index', index: Number(text) }];
    const slice = /^(-?\d*):(-?\d*)(?::(-?\d*))?$/.exec(text);
    if (!slice) throw bad(this.text, `invalid array index ${text}`);
    const [start, end, stride] = slice.slice(1).map((part) => (part ? Number(part) : undefined));
    return [{ step: 'slice', start, end, stride: stride ?? 1 }];
  }

  /** Behind `[?(`, through `)]`. */
  private filter(): Step {
    const left = this.operand();
    this.blanks();
    const operator = /^(==|!=|<=|>=|<|>)/.exec(this.text.slice(this.position))?.[0];
    if (operator) this.position += operator.length;
    const right = operator ? this.operand() : { literal: true };
    this.blanks();
    if (!this.took(')]')) throw bad(this.text, 'unterminated filter');
    return { step: 'filter', left, operator: operatorOf(operator), right };
  }

  private operand(): Operand {
    this.blanks();
    const next = this.peek();
    if (/["']/.test(next)) return { literal: this.quoted() };
    const number = /^[-+]?\d+(\.\d+)?/.exec(this.text.slice(this.position))?.[0];
    if (number) {
      this.position += number.length;
      return { literal: Number(number) };
    }
    for (const literal of [true, false]) if (this.tookWord(String(literal))) return { literal };
    const start = this.position;
    const path = { path: this.operandPath() };
    if (this.position === start) throw bad(this.text, 'a filter compares nothing');
    return path;
  }

  private operandPath(): Step[] {
    const match = /^(?:\[[^\]]*\]|\\[\s\S]|[^\s=!<>)])+/.exec(this.text.slice(this.position))?.[0] ?? '';
    this.position += match.length;
    return match ? parsePath(match) : [];
  }

  private quoted(): string {
    const quote = this.peek();
    const match = /^(["'])((?:\\[\s\S]|(?!\1)[\s\S])*)\1/.exec(this.text.slice(this.position));
    if (!match) throw bad(this.text, 'unterminated quoted string');
    this.position += match[0].length;
    return unquote(match[2] ?? '', quote);
  }

  private peek(): string {
    return this.text.charAt(this.position);
  }

  private blanks(): void {
    while (this.peek() === ' ') this.position += 1;
  }

  private took(text: string): boolean {
    if (!this.text.startsWith(text, this.position)) return false;
    this.position += text.length;
    return true;
  }

  private tookWord(word: string): boolean {
    const after = this.text.charAt(this.position + word.length);
    return !/[\w-]/.test(after) && this.took(word);
  }
}

function operatorOf(text: string | undefined): Operator {
  switch (text) {
    case '==':
    case '!=':
    case '<':
    case '>':
    case '<=':
    case '>=':
      return text;
    default:
      return 'exists';
  }
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
};

function unquote(text: string, quote: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g, (whole, sequence: string) => {
    if (sequence === quote) return quote;
    if (/^[ux]./.test(sequence)) return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
    return escapes[sequence] ?? whole;
  });
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${hex} '${character}'`;
}
