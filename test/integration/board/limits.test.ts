// Limits of process pods on a board with control groups of version 2 and systemd: the suites of test/contract, there.

import { join } from 'node:path';
import { expect } from 'chai';
import { boardMissing, root, runOnBoard } from '../../support/board-machine.ts';

const missing = process.env.KELP_NIGHTLY ? boardMissing() : 'takes minutes: npm run test:nightly';
const timeoutMs = 900_000;

(missing ? describe.skip : describe)(`a board with systemd${missing ? `: ${missing}` : ''}`, function () {
  this.timeout(timeoutMs + 10_000);

  const suite = (name: string) =>
    `node node_modules/mocha/bin/mocha.js --no-color --timeout 120000 ${join('dist/test/contract', name)}.test.js`;
  const user = 'setpriv --reuid 1500 --regid 1500 --clear-groups env HOME=/home/kelp';
  const readOnly = 'mount -o remount,ro,bind /sys/fs/cgroup';

  it('keeps limits by control groups of version 2, and by scopes of systemd where it may make none', async () => {
    const said = await runOnBoard(
      `
cd ${root}
ip link set lo up
${suite('runtime-process-limits')}
unshare --mount sh -c '${readOnly}; exec ${suite('runtime-process-scopes')}'
useradd --create-home --uid 1500 kelp
systemctl start user@1500
${user} ${suite('runtime-process-scopes')}
find /sys/fs/cgroup -name '*kelp[-_]*' | sed 's/^/left: /'
`,
      timeoutMs,
    );
    expect(said, said).to.not.match(/failing|left: /);
    const passed = [...said.matchAll(/(\d+) passing/g)].map(([, count]) => Number(count));
    expect(passed, said).to.have.length(3);
    expect(Math.min(...passed), said).to.be.at.least(3);
  });
});
