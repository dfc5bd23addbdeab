// Which encoding a client gets for its Accept.

import { expect } from 'chai';
import { negotiate } from '../../../hub/apiserver/http/negotiate.ts';

const cases: [string | undefined, 'json' | 'yaml' | 'none'][] = [
  [undefined, 'json'],
  ['', 'json'],
  ['*/*', 'json'],
  ['application/json', 'json'],
  ['application/json, */*', 'json'],
  ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'json'],
  ['application/vnd.kubernetes.protobuf, application/json', 'json'],
  ['application/vnd.kubernetes.protobuf,application/json;q=0.5', 'json'],
  ['application/yaml', 'yaml'],
  ['application/json;q=0.5, application/yaml', 'yaml'],
  ['application/yaml;q=0, */*', 'json'],
  ['application/vnd.kubernetes.protobuf', 'none'],
  ['text/html', 'none'],
  ['application/json;q=0', 'none'],
];

describe('negotiate', () => {
  for (const [accept, expected] of cases) {
    it(`answers ${accept ?? 'no Accept'} with ${expected}`, () => {
      const answer = () => negotiate(accept);
      if (expected === 'none')
        expect(answer).to.throw(/^406: .*\n\n.*: application\/json, application\/yaml$/);
      else expect(answer()).to.equal(expected);
    });
  }
});
