// Which encoding a client gets for its Accept.

import { expect } from 'chai';
import { negotiateFor } from '../../../hub/apiserver/http/asked.ts';
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

  it('is asked for resources and their discovery alone', () => {
    const headers = { accept: 'text/plain' };
    for (const url of ['/healthz', '/livez?verbose', '/version', '/', '/openapi/v3', '/metrics'])
      expect(negotiateFor({ url, headers }), url).to.equal('json');
    expect(negotiateFor({ url: '/api/v1/namespaces/a/pods/b/log?follow=1', headers })).to.equal('json');
    for (const url of ['/api', '/apis?x', '/api/v1/pods', '/apis/apps/v1'])
      expect(() => negotiateFor({ url, headers }), url).to.throw(/^406/);
  });
});
