import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { indentedJson } from '../../../hub/cli/printers/go-json.ts';
import { toYaml } from '../../../hub/cli/printers/yaml/to-yaml.ts';

describe('YAML as kubectl prints it', () => {
  it('quotes what would be read as something else', () => {
    const texts = ['yes', 'n', '1', '0x1F', '1e3', '1_000', '.5', '~', 'null', '', '2001-01-01', '12:30:45'];
    const expected = texts.map((text) => `- "${text}"\n`).join('');
    expect(toYaml(texts)).to.equal(expected);
  });

  it('quotes singly where only the place of a character is a difficulty', () => {
    expect(toYaml(['a: b', '- x', '{a}', '@at', ' lead', 'trail ', "it's # 'quoted'"])).to.equal(
      "- 'a: b'\n- '- x'\n- '{a}'\n- '@at'\n- ' lead'\n- 'trail '\n- 'it''s # ''quoted'''\n",
    );
  });

  it('leaves alone what is plain', () => {
    expect(toYaml(['a#b', ':x', '<<', '=', 'NaN', 'a, b'])).to.equal(
      '- a#b\n- :x\n- <<\n- =\n- NaN\n- a, b\n',
    );
  });

  it('shows lines as lines, and says how they end', () => {
    expect(toYaml({ a: 'x\ny\n', b: 'x\ny', c: 'x\n\n', d: '  x\n', e: 'x \ny\n' })).to.equal(
      'a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2\n    x\ne: "x \\ny\\n"\n',
    );
  });

  it('folds long lines behind the eightieth column', () => {
    const words = Array.from({ length: 20 }, () => 'long').join(' ');
    expect(toYaml({ a: words })).to.equal(
      `a: ${Array.from({ length: 16 }, () => 'long').join(' ')}\n  long long long long\n`,
    );
  });

  it('sorts keys: letters last, digits by their number', () => {
    expect(toYaml({ b: 1, a10: 1, a9: 1, '1': 1, _x: 1, A: 1 })).to.equal(
      '_x: 1\n"1": 1\nA: 1\na9: 1\na10: 1\nb: 1\n',
    );
  });

  it('does not indent lists below their key', () => {
    expect(toYaml({ a: [{ b: 1, c: [1, 2] }, []], d: {} })).to.equal(
      'a:\n- b: 1\n  c:\n  - 1\n  - 2\n- []\nd: {}\n',
    );
  });

  it('reads back as what was written', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ' ', '\n', ':', '#', '-', '"', "'", '\\', '1', '\t', 'é'),
    });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(text, fc.array(text))), (value) => {
        expect(parse(toYaml(value), { version: '1.1' }) ?? {}).to.deep.equal({ ...value });
      }),
    );
  });
});

describe('JSON as Go prints it', () => {
  it('sorts keys by bytes and escapes what HTML would read', () => {
    expect(indentedJson({ b: '<&>', a: [], '10': 1, '9': {} })).to.equal(
      '{\n    "10": 1,\n    "9": {},\n    "a": [],\n    "b": "\\u003c\\u0026\\u003e"\n}',
    );
  });
});
