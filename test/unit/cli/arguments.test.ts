import { expect } from 'chai';
import { Command } from 'commander';
import { normaliseArguments } from '../../../hub/cli/argv.ts';
import { booleanFlag } from '../../../hub/cli/flags.ts';
import { changed, overwriting, parseChange, splitPairs } from '../../../hub/cli/label/plan-change.ts';
import { parseArguments } from '../../../hub/cli/resource-arguments/index.ts';
import { planStatus } from '../../../hub/cli/rollout/plan-status.ts';
import { UserError } from '../../../shared/base/index.ts';

describe('arguments that name resources', () => {
  it('may be types', () => {
    expect(parseArguments(['pods,svc'])).to.deep.equal({ form: 'types', types: ['pods', 'svc'] });
  });

  it('may be a type and names', () => {
    expect(parseArguments(['pods', 'a', 'b'])).to.deep.equal({
      form: 'names',
      objects: [
        { type: 'pods', name: 'a' },
        { type: 'pods', name: 'b' },
      ],
    });
  });

  it('may be TYPE/NAME each', () => {
    expect(parseArguments(['po/a', 'deploy/b'])).to.deep.equal({
      form: 'names',
      objects: [
        { type: 'po', name: 'a' },
        { type: 'deploy', name: 'b' },
      ],
    });
  });

  for (const args of [['pods', 'po/a'], ['a/b/c'], ['a/'], ['pods,']]) {
    it(`are refused: ${args.join(' ')}`, () => expect(() => parseArguments(args)).to.throw(UserError));
  }
});

describe("kubectl's ways of writing flags", () => {
  const program = new Command('kelp');
  const get = program
    .command('get')
    .option('-o, --output <form>')
    .option('-w, --watch')
    .option('-n, --namespace <name>');
  booleanFlag(get, '--wait', 'wait', true);
  const normal = (...argv: string[]) => normaliseArguments(program, argv);

  it('are those of commander afterwards', () => {
    expect(normal('get', 'pods', '-o=json')).to.deep.equal(['get', 'pods', '-o', 'json']);
    expect(normal('get', '--watch=true', 'pods')).to.deep.equal(['get', '--watch', 'pods']);
    expect(normal('get', '--watch=false', 'pods')).to.deep.equal(['get', 'pods']);
    expect(normal('get', '--wait', 'pods')).to.deep.equal(['get', '--wait=true', 'pods']);
    expect(normal('get', '--wait=false', 'pods')).to.deep.equal(['get', '--wait=false', 'pods']);
  });

  it('may stand before the word', () => {
    expect(normal('-n', 'x', 'get', 'pods')).to.deep.equal(['get', 'pods', '-n', 'x']);
  });

  it("leave a flag's value and what follows -- alone", () => {
    expect(normal('get', '-o', '-x=y')).to.deep.equal(['get', '-o', '-x=y']);
    expect(normal('get', '--', '-o=json')).to.deep.equal(['get', '--', '-o=json']);
  });
});

describe('KEY=VALUE and KEY-', () => {
  it('stand behind what they change', () => {
    expect(splitPairs(['pod', 'a', 'x=y', 'z-'])).to.deep.equal({
      resources: ['pod', 'a'],
      pairs: ['x=y', 'z-'],
    });
  });

  it('set and remove', () => {
    const change = parseChange(['x=y', 'z-'], 'labels');
    expect(changed(change, { z: '1', keep: '2' })).to.deep.equal({ keep: '2', x: 'y' });
  });

  it('say what they would overwrite', () => {
    const change = parseChange(['x=new'], 'labels');
    expect(overwriting(change, { x: 'old' }, 'labels')).to.equal(
      "'x' already has a value (old), and --overwrite is false",
    );
    expect(overwriting(change, { x: 'new' }, 'labels')).to.equal(undefined);
  });

  it('do not do both', () => {
    expect(() => parseChange(['x=y', 'x-'], 'labels')).to.throw(
      UserError,
      'can not both modify and remove a label',
    );
  });
});

describe('the status of a rollout', () => {
  const deployment = (status: object) => ({
    kind: 'Deployment',
    metadata: { name: 'web', generation: 2 },
    spec: { replicas: 3 },
    status: { observedGeneration: 2, ...status },
  });
  const cases: [object, string, boolean][] = [
    [{ observedGeneration: 1 }, 'Waiting for deployment spec update to be observed...\n', false],
    [
      { updatedReplicas: 1 },
      'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...\n',
      false,
    ],
    [
      { updatedReplicas: 3, replicas: 4 },
      'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...\n',
      false,
    ],
    [
      { updatedReplicas: 3, replicas: 3, availableReplicas: 2 },
      'Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...\n',
      false,
    ],
    [
      { updatedReplicas: 3, replicas: 3, availableReplicas: 3 },
      'deployment "web" successfully rolled out\n',
      true,
    ],
  ];
  for (const [status, text, done] of cases) {
    it(text.trim(), () => expect(planStatus('apps', deployment(status))).to.deep.equal({ text, done }));
  }

  it('fails when the Deployment has given up', () => {
    const conditions = [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }];
    expect(() => planStatus('apps', deployment({ conditions }))).to.throw(
      UserError,
      'deployment "web" exceeded its progress deadline',
    );
  });
});
