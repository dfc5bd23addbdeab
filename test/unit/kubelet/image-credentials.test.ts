// Pull secrets: what stands in them, and for which images it is meant, as upstream matches.

import { expect } from 'chai';
import { credentialsFor, registryEntries } from '../../../edge-agent/kubelet/images/docker-config.ts';
import { imageCredentials } from '../../../edge-agent/kubelet/images/image-credentials.ts';
import { podOf } from '../../support/memory-desired-state.ts';

const entry = (password: string) => ({ username: 'u', password });

function passwordsFor(repository: string, auths: Record<string, object>): string[] {
  return credentialsFor(repository, registryEntries(JSON.stringify({ auths }))).map(
    ({ password }) => password,
  );
}

describe('credentials in pull secrets', () => {
  const cases: [string, string, boolean][] = [
    ['registry.example.com', 'registry.example.com/a/b', true],
    ['https://registry.example.com/v1/', 'registry.example.com/a/b', true],
    ['registry.example.com/a', 'registry.example.com/a/b', true],
    ['registry.example.com/c', 'registry.example.com/a/b', false],
    ['registry.example.com:5000', 'registry.example.com/a/b', false],
    ['registry.example.com:5000', 'registry.example.com:5000/a/b', true],
    ['*.example.com', 'registry.example.com/a/b', true],
    ['*.example.com', 'one.registry.example.com/a/b', false],
    ['reg*.example.com', 'registry.example.com/a/b', true],
    ['https://index.docker.io/v1/', 'docker.io/library/redis', true],
    ['docker.io', 'docker.io/library/redis', true],
    ['example.com', 'docker.io/library/redis', false],
  ];
  for (const [key, repository, fits] of cases) {
    it(`${key} ${fits ? 'is' : 'is not'} for ${repository}`, () => {
      expect(passwordsFor(repository, { [key]: entry('p') })).to.deep.equal(fits ? ['p'] : []);
    });
  }

  it('the more specific entry comes first', () => {
    const auths = { 'r.io': entry('all'), 'r.io/team/app': entry('app'), 'r.io/team': entry('team') };
    expect(passwordsFor('r.io/team/app', auths)).to.deep.equal(['app', 'team', 'all']);
  });

  it('`auth` holds name and password, which may have colons', () => {
    const auth = Buffer.from('u:p:q').toString('base64');
    expect(registryEntries(JSON.stringify({ 'r.io': { auth }, 'odd.io': {} }))).to.deep.equal([
      { registry: 'r.io', credentials: { username: 'u', password: 'p:q' } },
    ]);
  });
});

describe('a pod with pull secrets', () => {
  const pod = podOf({
    containers: [],
    imagePullSecrets: [{ name: 'good' }, { name: 'gone' }, { name: 'odd' }],
  });
  const encode = (value: string) => Buffer.from(value).toString('base64');
  const secret = (_namespace: string, name: string) => {
    const metadata = { name, uid: name, resourceVersion: '1', creationTimestamp: '2024-01-01T00:00:00Z' };
    const text = name === 'good' ? JSON.stringify({ auths: { 'r.io': entry('p') } }) : '{';
    if (name === 'gone') return undefined;
    return { metadata, type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': encode(text) } };
  };

  it('uses those that are there, and names what is missing or unreadable', () => {
    const { credentials, warnings } = imageCredentials(pod, 'r.io/a:1', { secret });
    expect(credentials).to.deep.equal([entry('p')]);
    expect(warnings[0]).to.contain('Unable to retrieve some image pull secrets (gone)');
    expect(warnings[1]).to.contain('image pull secret odd cannot be read');
  });

  it('leaves what is no image name to the runtime', () => {
    expect(imageCredentials(pod, 'NO/such/name', { secret }).credentials).to.deep.equal([]);
  });
});
