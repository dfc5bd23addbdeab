import { expect } from 'chai';
import { evaluateTemplate, parseTemplate } from '../../../hub/cli/printers/jsonpath/index.ts';
import { UserError } from '../../../shared/base/index.ts';

const list = {
  kind: 'List',
  items: [
    { metadata: { name: 'a', labels: { 'app.io/x': 'one' } }, spec: { n: 1, tags: ['t', 'u'] } },
    { metadata: { name: 'b', labels: {} }, spec: { n: 2, tags: [] } },
    { metadata: { name: 'c' }, spec: { n: 10, tags: ['v'], on: true } },
  ],
};
const show = (template: string) => evaluateTemplate(parseTemplate(template), list);

describe('a JSONPath template', () => {
  const cases: [string, string][] = [
    ['plain', 'plain'],
    ['{.kind}', 'List'],
    ['{$.kind}/{@.kind}', 'List/List'],
    ['{.items[*].metadata.name}', 'a b c'],
    ['{.items[0].metadata.name}', 'a'],
    ['{.items[-1].metadata.name}', 'c'],
    ['{.items[0:2].metadata.name}', 'a b'],
    ['{.items[1:].metadata.name}', 'b c'],
    ['{.items[0:3:2].metadata.name}', 'a c'],
    ['{.items[-1:].metadata.name}', 'c'],
    ['{.items[0].metadata.labels.app\\.io/x}', 'one'],
    ["{.items[0]['metadata.name']}", 'a'],
    ["{.items[*]['metadata.name', 'spec.n']}", 'a b c 1 2 10'],
    ['{.items[?(@.metadata.name=="b")].spec.n}', '2'],
    ["{.items[?(@.metadata.name!='b')].spec.n}", '1 10'],
    ['{.items[?(@.spec.n>=2)].metadata.name}', 'b c'],
    ['{.items[?(@.spec.on)].metadata.name}', 'c'],
    ['{.items[?(@.spec.on==true)].metadata.name}', 'c'],
    ['{range .items[*]}{.metadata.name}{"\\t"}{.spec.n}{"\\n"}{end}', 'a\t1\nb\t2\nc\t10\n'],
    ['{range .items[*]}{range .spec.tags[*]}{@}{";"}{end}{end}', 't;u;v;'],
    ['{range .items[*]}{.metadata.name}', 'abc'],
    ['{..n}', '1 2 10'],
    ['{.items[0].spec}', '{"n":1,"tags":["t","u"]}'],
    ['{.items[*].nothing}', ''],
    ["{'quoted'}", 'quoted'],
  ];
  for (const [template, expected] of cases) {
    it(`${template} shows ${JSON.stringify(expected)}`, () => expect(show(template)).to.equal(expected));
  }

  const refused: [string, RegExp][] = [
    ['{.kind', /unclosed action/],
    ['{.items[9].metadata.name}', /array index out of bounds: index 9, length 3/],
    ['{.items["a"]}', /invalid array index "a"/],
    ['{foo}', /unrecognized identifier foo/],
    ['{end}', /not in range, nothing to end/],
  ];
  for (const [template, why] of refused) {
    it(`${template} is refused`, () => expect(() => show(template)).to.throw(UserError, why));
  }
});
