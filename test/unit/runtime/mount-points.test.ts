// Places for mounts on the board: made where they are missing, removed when nobody needs them.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ContainerMeta } from '../../../edge-agent/runtime/process/container-folder.ts';
import {
  boardPath,
  makeMountPoints,
  outerFirst,
  pointsOf,
  removeCreated,
  splitByNeed,
} from '../../../edge-agent/runtime/process/mount-points.ts';

type Created = ContainerMeta['createdPaths'];

describe('mount points', () => {
  let folder: string;
  let volume: string;
  let created: Created;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kelp-mounts-'));
    volume = join(folder, 'volume');
    mkdirSync(volume);
    writeFileSync(join(volume, 'key'), 'value');
    created = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const mount = (path: string, hostPath = volume) => ({
    hostPath,
    containerPath: join(folder, path),
    readOnly: false,
    index: 0,
  });

  it('are folders for folders and files for files, with their parents', () => {
    makeMountPoints([mount('a/b'), mount('a/f', join(volume, 'key'))], 'bind', created);
    expect(statSync(join(folder, 'a/b')).isDirectory()).to.equal(true);
    expect(statSync(join(folder, 'a/f')).isFile()).to.equal(true);
    removeCreated(created);
    expect(existsSync(join(folder, 'a'))).to.equal(false);
  });

  it('that are there already stay', () => {
    mkdirSync(join(folder, 'a'));
    makeMountPoints([mount('a')], 'bind', created);
    removeCreated(created);
    expect(existsSync(join(folder, 'a'))).to.equal(true);
  });

  it('behind a link, as /var/run is one, are known by where they are: nothing is left of them, and others’ are needed', () => {
    mkdirSync(join(folder, 'run'));
    symlinkSync('run', join(folder, 'var-run'));
    const token = mount('var-run/secrets/kubernetes.io/serviceaccount');
    makeMountPoints([token], 'bind', created);
    expect(created.map(({ path }) => path)).to.deep.equal(
      ['secrets', 'secrets/kubernetes.io', 'secrets/kubernetes.io/serviceaccount'].map((path) =>
        join(folder, 'run', path),
      ),
    );
    const other = needing(pointsOf([token], undefined));
    expect(splitByNeed(created, [other]).free).to.deep.equal([]);
    expect(splitByNeed(created, []).free).to.deep.equal(created);
    removeCreated(created);
    expect(readdirSync(join(folder, 'run'))).to.deep.equal([]);
  });

  it('in which somebody put something stay too', () => {
    makeMountPoints([mount('a')], 'bind', created);
    writeFileSync(join(folder, 'a', 'kept'), '');
    removeCreated(created);
    expect(existsSync(join(folder, 'a', 'kept'))).to.equal(true);
  });

  describe('for an agent that may not mount', () => {
    it('are links', () => {
      makeMountPoints([mount('a/b')], 'link', created);
      expect(readlinkSync(join(folder, 'a/b'))).to.equal(volume);
      expect(readFileSync(join(folder, 'a/b/key'), 'utf8')).to.equal('value');
      removeCreated(created);
      expect(existsSync(join(folder, 'a'))).to.equal(false);
      expect(existsSync(volume)).to.equal(true);
    });

    it('may be there from the container before', () => {
      makeMountPoints([mount('a')], 'link', created);
      const again: Created = [];
      makeMountPoints([mount('a')], 'link', again);
      expect(again).to.deep.equal([]);
    });

    it('are refused where the board has something, with the remedy', () => {
      mkdirSync(join(folder, 'taken'));
      const path = join(folder, 'taken');
      expect(() => makeMountPoints([mount('taken')], 'link', created)).to.throw(
        `volumeMounts[0].mountPath: ${path}: exists on this board, and mounting over it needs an agent that runs as root`,
      );
    });
  });

  it('pass to another container that needs them', () => {
    const heir = needing(['/a/b']);
    const made: Created = [
      { path: '/a', kind: 'folder' },
      { path: '/a/b', kind: 'folder' },
      { path: '/a/bc', kind: 'folder' },
    ];
    const { free, needed } = splitByNeed(made, [heir]);
    expect(free.map(({ path }) => path)).to.deep.equal(['/a/bc']);
    expect(needed.get(heir)?.map(({ path }) => path)).to.deep.equal(['/a', '/a/b']);
  });

  const outside = (containerPath: string, hostPath: string) => ({ containerPath, hostPath, readOnly: false });
  const mounts = [outside('/v', '/host/v'), outside('/v/in', '/host/in'), outside('/w/', '/host/w')];
  const places = [
    ['/v', '/host/v'],
    ['/v/x', '/host/v/x'],
    ['/v/in/x', '/host/in/x'],
    ['/w/x', '/host/w/x'],
    ['/vx', '/vx'],
    ['/', '/'],
  ] as const;
  for (const [path, place] of places) {
    it(`${path} lies at ${place}`, () => expect(boardPath(path, mounts)).to.equal(place));
  }

  it('are mounted from the outside in, and keep their place in the spec', () => {
    const sorted = outerFirst([outside('/a/b/c', '1'), outside('/a', '2'), outside('/a/b', '3')]);
    expect(sorted.map(({ hostPath, index }) => [hostPath, index])).to.deep.equal([
      ['2', 1],
      ['3', 2],
      ['1', 0],
    ]);
  });
});

/** A container that has mounts there. */
function needing(mountPoints: string[]): ContainerMeta {
  return {
    ...{
      podUid: 'u',
      podNamespace: 'n',
      podName: 'p',
      name: 'c',
      attempt: 0,
      id: 'i',
      image: 'host',
      specHash: '',
    },
    ...{
      createdAt: 0,
      logPath: '',
      workingDir: '/',
      ownMounts: true,
      overlay: true,
      rights: {},
      imageId: 'host',
      createdPaths: [],
    },
    mountPoints,
  };
}
