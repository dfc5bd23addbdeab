// Images of pods in podman: from registries (with credentials, slow, silent, down), from archives, ahead of their use.

import { copyFileSync, existsSync, mkdirSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/cluster.ts';
import { PodmanWorld, podmanMissing } from '../../support/podman-world.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { freePort, registryUser, TestRegistry } from '../../support/test-registry.ts';
import { PodmanCluster } from './podman-cluster.ts';

const missing =
  podmanMissing() ??
  (existsSync('/usr/bin/docker-registry') ? undefined : 'install docker-registry (Debian)');
const large = 3_000_000;
/** KiB of the disk that podman keeps images and containers on. */
const roomy = 400_000;
const waiting = '.status.containerStatuses[0].state.waiting';

(missing ? describe.skip : describe)(`images of pods in podman${missing ? `: ${missing}` : ''}`, function () {
  this.timeout(120_000);
  let here: PodmanCluster;
  let open: TestRegistry;
  let closed: TestRegistry;
  let nobody: string;
  let disk: SmallDisk | undefined;

  before(async () => {
    disk = SmallDisk.inMemory(roomy);
    here = PodmanCluster.prepareIn(new PodmanWorld(disk && { root: disk.path }));
    open = await TestRegistry.start(join(here.cluster.directory, 'open'));
    closed = await TestRegistry.start(join(here.cluster.directory, 'closed'), { auth: true });
    nobody = `127.0.0.1:${await freePort()}`;
    here.world.trust(open.host, closed.host, nobody);
    const { username, password } = registryUser;
    for (const name of ['ahead:1', 'small:1']) await here.world.push(`${open.host}/team/${name}`);
    await here.world.push(`${open.host}/team/large:1`, { bytes: large });
    await here.world.push(`${closed.host}/team/secret:1`, { login: `${username}:${password}` });
    await here.begin({ prePullImages: [`${open.host}/team/ahead:1`] });
  });

  after(async () => {
    await here.close();
    await open.stop();
    await closed.stop();
    disk?.remove();
  });

  const sleeper = (image: string, more: object = {}) => ({
    c: { image, command: ['sleep', '1000'], ...more },
  });
  const events = async (pod: string) =>
    (
      await here.kubectl(
        'get',
        'events',
        '--field-selector',
        `involvedObject.name=${pod}`,
        '-o',
        'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
      )
    ).stdout;
  /** Why its container waits; what it waits for comes and goes. */
  const says = (pod: string, text: string) =>
    eventually(
      `${pod} to say ${text}`,
      async () => (await here.get(pod, `${waiting}.message`)).includes(text) || undefined,
    );
  const present = (image: string) => here.world.podman('images', '-q', image).trim() !== '';

  it('are pulled, with who, how long and how large in the events; by digest too', async () => {
    const image = `${open.host}/team/small:1`;
    await here.pod('small', sleeper(image));
    await here.running('small');
    const said = await eventually('its events', async () => {
      const text = await events('small');
      return text.includes('Pulled') ? text : undefined;
    });
    expect(said).to.contain(`Pulling: Pulling image "${image}"`);
    expect(said).to.match(
      /Successfully pulled image ".*" in [\d.]+m?s \(.* including waiting\)\. Image size: \d+ bytes\./,
    );
    const imageId = await here.get('small', '.status.containerStatuses[0].imageID');
    expect(imageId).to.match(/^127\.0\.0\.1:\d+\/team\/small@sha256:[0-9a-f]{64}$/);
    await here.pod('by-digest', sleeper(imageId));
    await here.running('by-digest');
    await here.remove('small', 'by-digest');
  });

  it('that need credentials come with the pod’s pull secret, and not without', async () => {
    const image = `${closed.host}/team/secret:1`;
    await here.pod('stranger', sleeper(image));
    await here.becomes('stranger', `${waiting}.reason`, 'ErrImagePull');
    expect(await here.get('stranger', `${waiting}.message`)).to.match(/unauthorized|authentication required/);
    await here.becomes('stranger', `${waiting}.reason`, 'ImagePullBackOff');
    const { username, password } = registryUser;
    // Of every length: what podman is sent of them is padded.
    for (const [name, word] of Object.entries({ pull: password, wrong1: 'a', wrong2: 'ab', wrong3: 'abc' }))
      await here.kubectl(
        ...['create', 'secret', 'docker-registry', name, `--docker-server=${closed.host}`],
        ...[`--docker-username=${username}`, `--docker-password=${word}`],
      );
    const secrets = (...names: string[]) => ({ imagePullSecrets: names.map((name) => ({ name })) });
    for (const name of ['wrong1', 'wrong2', 'wrong3']) await here.pod(name, sleeper(image), secrets(name));
    for (const name of ['wrong1', 'wrong2', 'wrong3']) await says(name, 'authentication required');
    await here.pod('friend', sleeper(image), secrets('absent', 'wrong2', 'pull'));
    await here.running('friend');
    await eventually(
      'word of the secret that is not there',
      async () =>
        (await events('friend')).includes(
          'FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (absent); attempting to pull the image may not succeed.',
        ) || undefined,
    );
    await here.remove('stranger', 'wrong1', 'wrong2', 'wrong3', 'friend');
  });

  it('of a registry that is down, that do not exist, that may not be pulled, that are no names: each in its word', async () => {
    await here.pod('down', sleeper(`${nobody}/team/x:1`));
    await here.pod('absent', sleeper(`${open.host}/team/absent:1`));
    await here.pod('never', sleeper(`${open.host}/team/never:1`, { imagePullPolicy: 'Never' }));
    await here.pod('odd', sleeper('no/SUCH/Name'));
    await here.pod('down-process', sleeper(`${nobody}/team/x:1`), { runtimeClassName: 'process' });
    await says(
      'down',
      `RegistryUnavailable: image pull failed for ${nobody}/team/x:1 because the registry is unavailable: `,
    );
    await says('down-process', `ErrImagePull: ${nobody}: connection refused`);
    await here.becomes('absent', `${waiting}.reason`, 'ErrImagePull');
    expect(await here.get('absent', `${waiting}.message`)).to.contain('manifest unknown');
    await here.becomes('never', `${waiting}.reason`, 'ErrImageNeverPull');
    await here.becomes('odd', `${waiting}.reason`, 'InvalidImageName');
    await here.becomes('down', `${waiting}.reason`, 'ImagePullBackOff');
    await here.remove('down', 'down-process', 'absent', 'never', 'odd');
  });

  it('over a slow link: progress is told, a killed agent pulls on, and others are not held up', async () => {
    open.setPace(150_000);
    await here.pod('slow', sleeper(`${open.host}/team/large:1`));
    await here.pod('beside', { c: 'exec sleep 1000' });
    await here.running('beside');
    await eventually(
      'its progress in the list of pods',
      async () =>
        /^slow +0\/1 +ContainerCreating \(\d+ % of [\d.]+ MB\) /m.test(
          (await here.cluster.kelp('get', 'pods')).stdout,
        ) || undefined,
    );
    await eventually(
      'word of its progress',
      async () => /Still pulling image ".*": [\d.]+ MB of [\d.]+ MB/.test(await events('slow')) || undefined,
      40_000,
    );
    // As when the board loses its power: podman has no time to clear away what it has fetched.
    const fetched = () => readdirSync(join(here.agentDirectory, 'podman/tmp'));
    for (const pid of here.services()) process.kill(pid, 'SIGKILL');
    await here.agent.stop('SIGKILL');
    expect(fetched()).to.have.lengthOf.above(0);
    open.setPace(Number.POSITIVE_INFINITY);
    await here.startAgent();
    await here.running('slow');
    await eventually('all that was fetched to be gone', () => fetched().length === 0 || undefined);
    await here.remove('slow', 'beside');
  });

  it('are given up when no pod waits for them any longer', async () => {
    await here.world.push(`${open.host}/team/unwanted:1`, { bytes: large });
    const { bytes } = open.served;
    open.setPace(30_000);
    await here.pod('unwanted', sleeper(`${open.host}/team/unwanted:1`));
    await eventually('some of it to come', () => open.served.bytes > bytes || undefined);
    await here.remove('unwanted');
    await eventually('nobody to fetch it', () => !open.isAsked || undefined);
    open.setPace(Number.POSITIVE_INFINITY);
    expect(present(`${open.host}/team/unwanted:1`)).to.equal(false);
  });

  it('go on where the link broke: no byte of a layer that is there is fetched again', async () => {
    const image = `${open.host}/team/broken:1`;
    await here.world.push(image, { bytes: large });
    // podman's own try is cut at first; then the layers come by parts, of which the first is cut as well.
    open.setPace(2_000_000);
    const whole = await open.sizeOf('team/broken', '1');
    open.cutAfter(large / 2, large / 2);
    await here.pod('broken', sleeper(image));
    await here.running('broken');
    open.setPace(Number.POSITIVE_INFINITY);
    expect(open.served.cuts).to.equal(2);
    expect(open.served.bytes - large / 2, 'after podman’s own try').to.be.below(1.1 * whole);
    expect(await here.get('broken', '.status.containerStatuses[0].imageID')).to.match(
      /^127\.0\.0\.1:\d+\/team\/broken@sha256:[0-9a-f]{64}$/,
    );
    await eventually('the node to tell of it', async () => {
      const { stdout } = await here.kubectl('get', 'node', 'pi-1', '-o', 'jsonpath={.status.images}');
      const told: { names: string[]; sizeBytes: number }[] = JSON.parse(stdout);
      return told.some(({ names, sizeBytes }) => names.includes(image) && sizeBytes > 1_000_000) || undefined;
    });
    expect(existsSync(join(here.agentDirectory, 'podman/partial'))).to.equal(true);
    expect(readdirSync(join(here.agentDirectory, 'podman/partial'))).to.deep.equal([]);
    await here.remove('broken');
  });

  it('and containers that a full disk has no room for come when there is room', async function () {
    if (!disk) return this.skip();
    const { blocks, bfree, bsize } = statfsSync(disk.path);
    const used = ((blocks - bfree) * bsize) / 1024;
    await here.world.push(`${open.host}/team/bulky:1`, { bytes: 2 * large });
    disk.resize(used + large / 1024);
    await here.pod('bulky', sleeper(`${open.host}/team/bulky:1`));
    await here.becomes('bulky', `${waiting}.reason`, 'ErrImagePull');
    expect(await here.get('bulky', `${waiting}.message`)).to.contain('no space left on device');
    disk.resize(roomy);
    await here.running('bulky');
    const full = statfsSync(disk.path);
    disk.resize(((full.blocks - full.bfree) * full.bsize) / 1024);
    await here.pod('late', { c: 'exec sleep 1000' });
    await eventually(
      'word of the full disk',
      async () =>
        /(FailedCreatePodSandBox|Failed): .*no space left on device/.test(await events('late')) || undefined,
    );
    disk.resize(roomy);
    await here.running('late');
    await here.remove('bulky', 'late');
  });

  it('are there before a pod asks: pulled ahead, or loaded from archives', async () => {
    await eventually('the image pulled ahead', () => present(`${open.host}/team/ahead:1`) || undefined);
    const [tar, folder] = [join(here.cluster.directory, 'shipped.tar'), join(here.agentDirectory, 'images')];
    here.world.podman('tag', 'localhost/kelp-test:1', 'example.com/shipped:7');
    here.world.podman('save', '-q', '-o', tar, 'example.com/shipped:7');
    here.world.podman('rmi', 'example.com/shipped:7');
    mkdirSync(folder, { recursive: true });
    copyFileSync(tar, join(folder, 'shipped.tar'));
    await eventually('the loaded image', () => present('example.com/shipped:7') || undefined);
    await here.pod('shipped', sleeper('example.com/shipped:7'));
    await here.running('shipped');
    await here.remove('shipped');
  });
});
