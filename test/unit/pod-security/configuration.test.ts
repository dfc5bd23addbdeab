// The file that tells pod security what holds everywhere, and whom it lets pass.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readAdmissionConfiguration } from '../../../hub/apiserver/admission/index.ts';
import { UserError } from '../../../shared/base/index.ts';

const own = `
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults:
  enforce: baseline
  enforce-version: v1.25
  audit: ""
exemptions:
  usernames: [admin]
  namespaces: [kube-system]
`;
const around = (plugin: string, version = 'v1') => `
apiVersion: apiserver.config.k8s.io/${version}
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
${plugin.replaceAll(/^(?=.)/gm, '  ')}`;
const inline = (content: string) => `configuration:${content.replaceAll('\n', '\n  ')}`;

describe('the configuration of admission', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kelp-admission-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function file(content: string, name = 'admission.yaml'): string {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  }

  async function refusal(content: string): Promise<string> {
    const path = file(content);
    const error: unknown = await readAdmissionConfiguration(path).catch((reason) => reason);
    if (!(error instanceof UserError)) throw new Error('the file was taken');
    return error.message.replaceAll(`${directory}/`, '');
  }

  const refused = (lines: string) =>
    refusal(
      around(
        inline(
          `\napiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n${lines}`,
        ),
      ),
    );

  it('is none where there is no file', async () => {
    expect(await readAdmissionConfiguration('')).to.deep.equal({});
  });

  it('is read from the file, or from one beside it', async () => {
    file(own, 'own.yaml');
    for (const path of [
      file(around(inline(own))),
      file(around('path: own.yaml', 'v1alpha1'), 'other.yaml'),
    ]) {
      const { podSecurity } = await readAdmissionConfiguration(path);
      expect(podSecurity?.defaults.enforce).to.deep.equal({ level: 'baseline', minor: 25 });
      expect(podSecurity?.defaults.audit).to.deep.equal({
        level: 'privileged',
        minor: Number.POSITIVE_INFINITY,
      });
      expect([...(podSecurity?.exemptions.usernames ?? [])]).to.deep.equal(['admin']);
      expect([...(podSecurity?.exemptions.namespaces ?? [])]).to.deep.equal(['kube-system']);
      expect(podSecurity?.exemptions.runtimeClasses.size).to.equal(0);
    }
  });

  it('is refused with all that is wrong in it', async () => {
    expect(await refusal('kind: Pod')).to.equal(
      'admission.yaml: kind: Invalid value: ", Kind=Pod": must be AdmissionConfiguration of apiserver.config.k8s.io/v1',
    );
    expect(await refusal(around('path: gone.yaml'))).to.equal('gone.yaml: no such file');
    expect(await refusal(around(`path: x\n${inline(own)}`))).to.contain(
      'plugins[0].path: Invalid value: "x": may not be set where there is a configuration',
    );
    expect(await refusal(around('').replace('PodSecurity', 'EventRateLimit'))).to.contain(
      'plugins[0].name: Unsupported value: "EventRateLimit": supported values: "PodSecurity"',
    );
    expect(await refusal(around('path: a\n').concat('- name: PodSecurity\n  path: b\n'))).to.contain(
      'plugins[1].name: Duplicate value: "PodSecurity"',
    );
    const at = 'plugins[0].configuration';
    const levels = await refused('defaults: {enforce: strict, warn-version: "1.2", audits: baseline}');
    expect(levels).to.equal(
      `admission.yaml: ${at}.defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted; ` +
        `${at}.defaults.warn-version: Invalid value: "1.2": must be "latest" or "v1.x"; ` +
        `${at}.defaults.audits: Invalid value: "baseline": unknown field; there are: enforce, enforce-version, audit, audit-version, warn, warn-version`,
    );
    const exempt = await refused(
      'exemptions: {usernames: ["", a, a], namespaces: [A], runtimeClasses: [a_b]}',
    );
    expect(exempt).to.contain(`${at}.exemptions.usernames[0]: Required value; `);
    expect(exempt).to.contain(`${at}.exemptions.usernames[2]: Duplicate value: "a"; `);
    expect(exempt).to.contain(
      `${at}.exemptions.namespaces[0]: Invalid value: "A": a lowercase RFC 1123 label must`,
    );
    expect(exempt).to.contain(
      `${at}.exemptions.runtimeClasses[0]: Invalid value: "a_b": a lowercase RFC 1123 subdomain`,
    );
  });
});
