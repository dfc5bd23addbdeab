import { expect } from 'chai';
import { parseRestPath, ResourceIndex } from '../../../hub/apiserver/index.ts';
import { routeOf } from '../../../hub/apiserver/rest-path.ts';
import { resources } from '../../../shared/api/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';

function parsed(method: string, path: string): object {
  const { query: _, ...found } = parseRestPath(method, path);
  return found;
}

describe('a path', () => {
  const core = { type: 'resource', group: '', version: 'v1', beyond: false };
  const apps = { ...core, group: 'apps' };

  // After the table in apiserver/pkg/endpoints/request/requestinfo_test.go.
  for (const [method, path, wanted] of [
    ['GET', '/api/v1/namespaces', { ...core, verb: 'list', resource: 'namespaces' }],
    [
      'GET',
      '/api/v1/namespaces/x',
      { ...core, verb: 'get', resource: 'namespaces', namespace: 'x', name: 'x' },
    ],
    [
      'PUT',
      '/api/v1/namespaces/x/finalize',
      { ...core, verb: 'update', resource: 'namespaces', namespace: 'x', name: 'x', subresource: 'finalize' },
    ],
    ['GET', '/api/v1/namespaces/x/pods', { ...core, verb: 'list', resource: 'pods', namespace: 'x' }],
    [
      'GET',
      '/api/v1/namespaces/x/pods/p',
      { ...core, verb: 'get', resource: 'pods', namespace: 'x', name: 'p' },
    ],
    [
      'GET',
      '/api/v1/namespaces/x/pods/p/log?follow=1',
      { ...core, verb: 'get', resource: 'pods', namespace: 'x', name: 'p', subresource: 'log' },
    ],
    ['GET', '/api/v1/pods', { ...core, verb: 'list', resource: 'pods' }],
    ['GET', '/api/v1/pods?watch=true', { ...core, verb: 'watch', resource: 'pods' }],
    ['GET', '/api/v1/pods?watch', { ...core, verb: 'watch', resource: 'pods' }],
    ['GET', '/api/v1/pods?watch=false', { ...core, verb: 'list', resource: 'pods' }],
    [
      'GET',
      '/api/v1/namespaces/x/pods?fieldSelector=metadata.name%3Dp&watch=1',
      { ...core, verb: 'watch', resource: 'pods', namespace: 'x', name: 'p' },
    ],
    ['GET', '/api/v1/watch/pods', { ...core, verb: 'watch', resource: 'pods' }],
    [
      'GET',
      '/api/v1/watch/namespaces/x/pods/p',
      { ...core, verb: 'watch', resource: 'pods', namespace: 'x', name: 'p' },
    ],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/x/deployments/d',
      { ...apps, verb: 'patch', resource: 'deployments', namespace: 'x', name: 'd' },
    ],
    [
      'DELETE',
      '/apis/apps/v1/namespaces/x/deployments',
      { ...apps, verb: 'deletecollection', resource: 'deployments', namespace: 'x' },
    ],
    ['POST', '/api/v1/nodes', { ...core, verb: 'create', resource: 'nodes' }],
    ['GET', '/api/v1/nodes/a%3Ab', { ...core, verb: 'get', resource: 'nodes', name: 'a:b' }],
    ['GET', '/api/v1//namespaces/', { ...core, verb: 'list', resource: 'namespaces' }],
    ['GET', '/api/v1', { type: 'other', verb: 'get', path: '/api/v1' }],
    ['GET', '/apis/apps/v1', { type: 'other', verb: 'get', path: '/apis/apps/v1' }],
    ['GET', '/healthz?verbose', { type: 'other', verb: 'get', path: '/healthz' }],
  ] as const) {
    it(`${method} ${path} is read as Kubernetes reads it`, () => {
      expect(parsed(method, path)).to.deep.equal(wanted);
    });
  }

  it('that is not encoded properly is a bad request', () => {
    expect(() => parsed('GET', '/api/v1/nodes/%zz')).to.throw('invalid URL escape');
  });
});

describe('a route', () => {
  const index = new ResourceIndex(resources);

  function refusal(method: string, path: string): number {
    const found = parseRestPath(method, path);
    if (found.type !== 'resource') throw new Error('not a resource');
    try {
      routeOf(found, index);
    } catch (error) {
      if (error instanceof ApiError) return error.code;
      throw error;
    }
    return 200;
  }

  for (const [method, path, code] of [
    ['GET', '/api/v1/namespaces/x/nodes', 404],
    ['GET', '/api/v1/pods/p', 404],
    ['GET', '/api/v1/namespaces/x/pods/p/scale', 404],
    ['GET', '/api/v1/namespaces/x/pods/p/nonsense', 404],
    ['GET', '/api/v1/namespaces/x/pods/p/log/more', 404],
    ['GET', '/apis/apps/v2/deployments', 404],
    ['POST', '/api/v1/pods', 405],
    ['POST', '/api/v1/namespaces/x/pods/p', 405],
    ['DELETE', '/api/v1/pods', 405],
    ['DELETE', '/api/v1/namespaces', 405],
    ['HEAD', '/api/v1/namespaces', 405],
    ['PUT', '/api/v1/namespaces/x/pods/p/binding', 405],
    ['GET', '/api/v1/namespaces/x/status', 200],
    ['DELETE', '/api/v1/namespaces/x/pods', 200],
  ] as const) {
    it(`${method} ${path} is ${code}`, () => {
      expect(refusal(method, path)).to.equal(code);
    });
  }
});
