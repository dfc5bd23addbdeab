// What the labels of a namespace ask for (upstream's api/helpers_test.go).

import { expect } from 'chai';
import {
  isEquivalent,
  isPrivileged,
  levelText,
  minorOf,
  modes,
  type Policy,
  policyOf,
  unbounded,
  versionText,
} from '../../../hub/apiserver/admission/pod-security/policy.ts';

const prefix = 'pod-security.kubernetes.io/';

/** `{ enforce: 'baseline', 'warn-version': 'v1.23' }` */
const labelled = (asked: Record<string, string>) => ({
  other: 'x',
  ...Object.fromEntries(Object.entries(asked).map(([name, value]) => [prefix + name, value])),
});
const told = (policy: Policy) => modes.map((mode) => levelText(policy[mode])).join(' ');

const free = 'privileged:latest';
/** Labels, then what is enforced, audited and warned of, and which label is wrong. */
const rows: [
  asked: Record<string, string>,
  enforce: string,
  audit: string,
  warn: string,
  wrong?: string[],
][] = [
  [{}, free, free, free],
  [{ enforce: 'baseline' }, 'baseline:latest', free, 'baseline:latest'],
  [{ warn: 'restricted' }, free, free, 'restricted:latest'],
  [{ audit: 'baseline' }, free, 'baseline:latest', free],
  [{ enforce: 'baseline', warn: 'restricted' }, 'baseline:latest', free, 'restricted:latest'],
  [{ enforce: 'baseline', 'enforce-version': 'v1.22' }, 'baseline:v1.22', free, 'baseline:v1.22'],
  [
    { enforce: 'baseline', 'enforce-version': 'v1.22', 'warn-version': 'latest' },
    ...(['baseline:v1.22', free, 'baseline:latest'] as const),
  ],
  [{ enforce: 'baseline', 'warn-version': 'v1.23' }, 'baseline:latest', free, 'baseline:v1.23'],
  [{ enforce: 'baseline', warn: 'privileged' }, 'baseline:latest', free, free],
  [{ enforce: 'baseline', warn: 'foo' }, 'baseline:latest', free, free, ['warn']],
  [{ enforce: 'foo' }, 'restricted:latest', free, free, ['enforce']],
  [{ audit: 'foo', 'audit-version': 'v1.2' }, free, 'privileged:v1.2', free, ['audit']],
  [
    { enforce: 'baseline', 'enforce-version': '1.2', 'audit-version': 'v2.0' },
    ...(['baseline:latest', free, 'baseline:latest', ['enforce-version', 'audit-version']] as const),
  ],
] as typeof rows;

describe('the policy of a namespace', () => {
  for (const [asked, enforce, audit, warn, wrong = []] of rows) {
    it(`is read from ${JSON.stringify(asked)}`, () => {
      const { policy, found } = policyOf(labelled(asked), unbounded);
      expect(told(policy)).to.equal(`${enforce} ${audit} ${warn}`);
      expect(found.map(({ field }) => field)).to.deep.equal(
        wrong.map((name) => `metadata.labels[${prefix}${name}]`),
      );
    });
  }

  it('says of a label what would be right', () => {
    const { found } = policyOf(labelled({ enforce: 'strict', 'enforce-version': 'new' }), unbounded);
    expect(found.map(({ text }) => text)).to.deep.equal([
      'Invalid value: "strict": must be one of privileged, baseline, restricted',
      'Invalid value: "new": must be "latest" or "v1.x"',
    ]);
  });

  it('goes on from what holds for all of them', () => {
    const bound = { level: 'restricted', minor: 20 } as const;
    const defaults: Policy = { enforce: bound, audit: bound, warn: bound };
    const { policy } = policyOf(labelled({ enforce: 'baseline', 'warn-version': 'v1.21' }), defaults);
    expect(told(policy)).to.equal('baseline:v1.20 restricted:v1.20 restricted:v1.21');
    expect(policyOf(undefined, defaults).policy).to.equal(defaults);
  });

  it('has versions of v1 only', () => {
    for (const version of ['latest', 'v1.0', 'v1.1', 'v1.20', 'v1.10000'])
      expect(versionText(minorOf(version) ?? Number.NaN)).to.equal(version);
    for (const other of ['foo', '', 'v2.0', 'v1', '1.1', 'v1.01', 'v1.x', `v1.${'9'.repeat(30)}`])
      expect(minorOf(other), other).to.equal(undefined);
  });

  it('is the same where it asks the same', () => {
    const old: Policy = { ...unbounded, enforce: { level: 'privileged', minor: 20 } };
    const stricter: Policy = { ...unbounded, audit: { level: 'baseline', minor: 20 } };
    expect(isPrivileged(old)).to.equal(true);
    expect(isEquivalent(old, unbounded)).to.equal(true);
    expect(isPrivileged(stricter)).to.equal(false);
    expect(isEquivalent(stricter, stricter)).to.equal(true);
    expect(isEquivalent(stricter, unbounded)).to.equal(false);
  });
});
