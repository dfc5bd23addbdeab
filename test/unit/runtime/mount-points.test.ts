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
  type Mount,
  makePlaces,
  missingPlaces,
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

  const makeFor = (mounts: Mount[], how: 'bind' | 'link', made: Created) =>
    makePlaces(missingPlaces(mounts, how), made);

  const mount = (path: string, hostPath = volume) => ({
    hostPath,
    containerPath: join(folder, path),
    readOnly: false,
    index: 0,
  });

  it('are folders for folders and files for files, with their parents', () => {
    makeFor([mount('a/b'), mount('a/f', join(volume, 'key'))], 'bind', created);
    expect(statSync(join(folder, 'a/b')).isDirectory()).to.equal(true);
    expect(statSync(join(folder, 'a/f')).isFile()).to.equal(true);
    removeCreated(created);
    expect(existsSync(join(folder, 'a'))).to.equal(false);
  });

  it('that are there already stay', () => {
    mkdirSync(join(folder, 'a'));
    makeFor([mount('a')], 'bind', created);
    removeCreated(created);
    expect(existsSync(join(folder, 'a'))).to.equal(true);
  });

  it('behind a link, as /var/run is one, are known by where they are: nothing is left of them, and others’ are needed', () => {
    mkdirSync(join(folder, 'run'));
    symlinkSync('run', join(folder, 'var-run'));
    const token = mount('var-run/secrets/kubernetes.io/serviceaccount');
    makeFor([token], 'bind', created);
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
    makeFor([mount('a')], 'bind', created);
    writeFileSync(join(folder, 'a', 'kept'), '');
    removeCreated(created);
    expect(existsSync(join(folder, 'a', 'kept'))).to.equal(true);
  });

  it('are looked for without making any', () => {
    const places = missingPlaces([mount('a/b'), mount('a/c')], 'bind');
    expect(places.map(({ created }) => created.path)).to.deep.equal(
      ['a', 'a/b', 'a/c'].map((path) => join(folder, path)),
    );
    expect(existsSync(join(folder, 'a'))).to.equal(false);
  });

  it('that somebody else made meanwhile are theirs', () => {
    const places = missingPlaces([mount('a/b')], 'bind');
    mkdirSync(join(folder, 'a'));
    makePlaces(places, created);
    expect(created.map(({ path }) => path)).to.deep.equal([join(folder, 'a/b')]);
  });

  it('that somebody else made a file of meanwhile are refused, and what was made can go', () => {
    const places = missingPlaces([mount('a'), mount('b')], 'bind');
    writeFileSync(join(folder, 'b'), '');
    expect(() => makePlaces(places, created)).to.throw(`${join(folder, 'b')}: is a file on this board`);
    removeCreated(created);
    expect(readdirSync(folder)).to.deep.equal(['b', 'volume']);
  });

  it('that are files into which somebody wrote stay', () => {
    makeFor([mount('f', join(volume, 'key'))], 'bind', created);
    writeFileSync(join(folder, 'f'), 'kept');
    removeCreated(created);
    expect(readFileSync(join(folder, 'f'), 'utf8')).to.equal('kept');
  });

  describe('for an agent that may not mount', () => {
    it('are links', () => {
      makeFor([mount('a/b')], 'link', created);
      expect(readlinkSync(join(folder, 'a/b'))).to.equal(volume);
      expect(readFileSync(join(folder, 'a/b/key'), 'utf8')).to.equal('value');
      removeCreated(created);
      expect(existsSync(join(folder, 'a'))).to.equal(false);
      expect(existsSync(volume)).to.equal(true);
    });

    it('may be there from the container before', () => {
      makeFor([mount('a')], 'link', created);
      const again: Created = [];
      makeFor([mount('a')], 'link', again);
      expect(again).to.deep.equal([]);
    });

    it('are refused where the board has something, with the remedy', () => {
      mkdirSync(join(folder, 'taken'));
      const path = join(folder, 'taken');
      expect(() => makeFor([mount('taken')], 'link', created)).to.throw(
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
