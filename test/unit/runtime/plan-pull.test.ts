// Where registries.conf leads, as podman tells of it.

import { expect } from 'chai';
import { isRedirected } from '../../../edge-agent/runtime/podman/plan-pull.ts';

const plain = (prefix: string, more: object = {}) => ({
  [prefix]: { Prefix: prefix, Location: prefix, Insecure: true, Mirrors: null, Blocked: false, ...more },
});
const mirrors = { Mirrors: [{ Location: 'mirror.example:5000', Insecure: false, PullFromMirror: '' }] };

const registries = {
  search: ['docker.io'],
  ...plain('127.0.0.1:5000'),
  ...plain('docker.io/library', mirrors),
  ...plain('docker.io/library/direct'),
  ...plain('*.example.com', { Location: 'elsewhere.example.net/x' }),
  ...plain('blocked.example.net', { Blocked: true }),
};

describe('whether an image is to come from where its name says', () => {
  const cases: [image: string, redirected: boolean][] = [
    ['127.0.0.1:5000/team/app:1', false],
    ['docker.io/library/busybox:1', true],
    ['docker.io/library/direct:1', false],
    ['docker.io/library/direct@sha256:abc', false],
    ['docker.io/library/directory:1', true],
    ['docker.io/librarian/app:1', false],
    ['docker.io/team/app:1', false],
    ['registry.example.com/app:1', true],
    ['deep.registry.example.com/team/app:1', true],
    ['example.com/app:1', false],
    ['blocked.example.net/app:1', true],
    ['search/app:1', false],
  ];
  for (const [image, redirected] of cases) {
    it(`${image}: ${redirected ? 'no' : 'yes'}`, () =>
      expect(isRedirected(image, registries)).to.equal(redirected));
  }

  it('also where there is no such file', () => {
    expect(isRedirected('docker.io/library/busybox:1', undefined)).to.equal(false);
    expect(isRedirected('docker.io/library/busybox:1', {})).to.equal(false);
  });
});
