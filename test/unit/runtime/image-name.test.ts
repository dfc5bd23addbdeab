// Image names in full, as docker and Kubernetes read them.

import { expect } from 'chai';
import { imageName, RuntimeFailure } from '../../../edge-agent/runtime/index.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('the name of an image', () => {
  const cases: [string, string][] = [
    ['redis', 'docker.io/library/redis:latest'],
    ['redis:7', 'docker.io/library/redis:7'],
    ['team/app', 'docker.io/team/app:latest'],
    ['a/b/c:1', 'docker.io/a/b/c:1'],
    ['index.docker.io/redis', 'docker.io/library/redis:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['registry.example.com/app:1', 'registry.example.com/app:1'],
    ['Registry/app', 'Registry/app:latest'],
    ['[::1]:5000/app:1', '[::1]:5000/app:1'],
    [`redis@${digest}`, `docker.io/library/redis@${digest}`],
    [`redis:7@${digest}`, `docker.io/library/redis:7@${digest}`],
    ['a__b/c-d.e', 'docker.io/a__b/c-d.e:latest'],
  ];
  for (const [text, full] of cases) {
    it(`${text} is ${full}`, () => expect(imageName(text).full).to.equal(full));
  }

  const hex = (digits: number) => 'a'.repeat(digits);
  for (const [text, why] of [
    ['UPPER', 'invalid reference format: repository name (library/UPPER) must be lowercase'],
    ['no/SUCH/Name:1', 'invalid reference format: repository name (no/SUCH/Name) must be lowercase'],
    ['r.io/Name', 'invalid reference format: repository name (Name) must be lowercase'],
    [hex(64), `invalid repository name (${hex(64)}), cannot specify 64-byte hexadecimal strings`],
    [hex(256), 'repository name must not be more than 255 characters'],
    [`a@sha256:${hex(40)}`, 'invalid checksum digest length'],
    [`a@sha256:${hex(64).toUpperCase()}`, 'invalid checksum digest format'],
    [`a@md5:${hex(32)}`, 'unsupported digest algorithm'],
    ['a:b:c', 'invalid reference format'],
  ] as const) {
    it(`${text.slice(0, 40)} is none: ${why.slice(0, 40)}`, () => {
      expect(() => imageName(text)).to.throw(`couldn't parse image name "${text}": ${why}`);
    });
  }

  for (const text of [
    '',
    'UPPER',
    'a//b',
    'a:b:c',
    'a@sha256:12',
    '-a',
    'host.io/',
    'a b',
    `${'a'.repeat(256)}`,
  ]) {
    it(`${JSON.stringify(text).slice(0, 40)} is none`, () => {
      expect(() => imageName(text))
        .to.throw(RuntimeFailure, "couldn't parse image name")
        .with.property('reason', 'InvalidImageName');
    });
  }
});
