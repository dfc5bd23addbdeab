// Answers of podman's API as its versions give them: 4.3 as recorded, 5 as its release notes and its OpenAPI description say.

import { expect } from 'chai';
import {
  inspectedContainer,
  inspectedImage,
  listedContainers,
  listedImages,
  listedPods,
  pauseIdOf,
} from '../../../edge-agent/runtime/podman/answers.ts';
import { boardShortcomings } from '../../../edge-agent/runtime/podman/board-shortcomings.ts';

const state = {
  ...{ Status: 'running', Pid: 71, ConmonPid: 70, ExitCode: 0, OOMKilled: false },
  ...{ StartedAt: '2026-01-01T00:00:00.5Z', FinishedAt: '0001-01-01T00:00:00Z' },
};
const networks = { podman: { IPAddress: '10.88.0.5', GlobalIPv6Address: '' } };

describe('answers of podman', () => {
  it('a container: 4 has numbers for signals and texts for commands, 5 names and lists, and nothing where there is nothing', () => {
    const four = {
      ...{ Id: 'c', State: { ...state, Healthcheck: { Status: '', Log: null } } },
      Config: { StopSignal: 15, Entrypoint: 'sh -c' },
      GraphDriver: { Data: { UpperDir: '/c/diff' } },
      OCIConfigPath: '/c/config.json',
      NetworkSettings: { IPAddress: '10.88.0.5', Networks: networks },
    };
    const five = {
      ...{ Id: 'c', State: { ...state, Health: null } },
      Config: { StopSignal: 'SIGTERM', Entrypoint: ['sh', '-c'] },
      NetworkSettings: { IPAddress: '', Networks: networks },
    };
    const said = {
      ...{ id: 'c', status: 'running', pid: 71, conmonPid: 70, exitCode: 0, oomKilled: false },
      ...{ startedAt: Date.UTC(2026, 0, 1, 0, 0, 0, 500), finishedAt: 0, addresses: ['10.88.0.5'] },
    };
    const files = { upperFolder: '/c/diff', configPath: '/c/config.json' };
    expect(inspectedContainer(four)).to.deep.equal({ ...said, stopSignal: '15', ...files });
    expect(inspectedContainer(five)).to.deep.equal({
      ...said,
      stopSignal: 'SIGTERM',
      upperFolder: '',
      configPath: '',
    });
    const { addresses, stopSignal } = inspectedContainer({
      NetworkSettings: { Networks: null },
      Config: null,
    });
    expect([addresses, stopSignal]).to.deep.equal([[], '15']);
  });

  it('a pod: 4 answers one, 5 may answer a list of one', () => {
    const pod = { Id: 'p', InfraContainerID: 'i' };
    expect(pauseIdOf(pod)).to.equal('i');
    expect(pauseIdOf([pod])).to.equal('i');
  });

  it('lists: 5 leaves out what is empty', () => {
    const containers = [
      { Id: 'i', Names: 'x-infra', Status: 'exited' },
      { Id: 'c', Status: 'running', RestartCount: 0 },
    ];
    const pods = [
      { Id: 'p', InfraId: 'i', Labels: { a: 'b' }, Containers: containers },
      { Id: 'q', Containers: null },
    ];
    expect(listedPods(pods)).to.deep.equal([
      { id: 'p', infraId: 'i', labels: { a: 'b' }, running: ['c'] },
      { id: 'q', infraId: '', labels: {}, running: [] },
    ]);
    expect(listedContainers(null)).to.deep.equal([]);
    expect(listedContainers([{ Id: 'c', Labels: null, IsInfra: true }])).to.deep.equal([
      { id: 'c', labels: {}, isInfra: true },
    ]);
  });

  it('images: ids with and without their algorithm, users where either version has them', () => {
    const five = { Id: 'sha256:ab', RepoTags: null, RepoDigests: null, Size: 7, Config: { User: '1000' } };
    const four = { Id: 'ab', RepoTags: ['x:1'], RepoDigests: [], Size: 7, User: '1000', Config: {} };
    expect(inspectedImage(five)).to.include({ id: 'ab', user: '1000', sizeBytes: 7 });
    expect(inspectedImage(four)).to.include({ id: 'ab', user: '1000' });
    expect(listedImages([{ ...five, Created: 60 }])[0]).to.include({ id: 'ab', createdAt: 60_000 });
  });

  it('a board: rootful, rootless with cgroups of version 2 and what systemd delegates, and without any', () => {
    const info = (host: object, rootless: boolean) => ({
      host: { ...host, security: { rootless, apparmorEnabled: true, seccompEnabled: true } },
    });
    const all = { subordinates: true, firstHostPort: 1 };
    const user = { subordinates: false, firstHostPort: 1024 };
    const keys = (...given: Parameters<typeof boardShortcomings>) => [...boardShortcomings(...given).keys()];
    const many = { idMappings: { uidmap: [{ size: 1 }, { size: 65536 }] } };
    const ofRoot = keys(info({ cgroupControllers: ['cpu', 'memory'] }, false), all);
    for (const feature of ['podNetwork', 'memoryLimit', 'cpuLimit', 'lowHostPorts', 'users'])
      expect(ofRoot).not.to.include(feature);
    const ofUser = keys(info({ ...many, cgroupControllers: ['memory', 'pids'] }, true), user);
    expect(ofUser)
      .to.include.members(['podNetwork', 'cpuLimit', 'lowHostPorts'])
      .and.not.to.include('memoryLimit');
    expect(ofUser).to.include('userNamespace').and.not.to.include('users');
    const alone = { idMappings: { uidmap: [{ size: 1 }] }, cgroupControllers: [] };
    const said = boardShortcomings(info(alone, true), user);
    expect(said.get('memoryLimit')).to.equal(
      'podman runs without root, and the memory cgroup is not delegated to its user',
    );
    expect(said.get('users')).to.contain('/etc/subuid');
    expect(said.get('lowHostPorts')).to.contain('net.ipv4.ip_unprivileged_port_start');
  });
});
