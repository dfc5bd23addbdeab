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
