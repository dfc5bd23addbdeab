// A restore that is killed before its n-th step: each change of a file, and each transaction of etcd, is one. Arguments: the
// backup, the data directory, the store, n (0: never). Prints how many steps it took.

import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { restoreBackup } from '../../../hub/backup/index.ts';
import { EtcdConnection } from '../../../hub/store/etcd/connection.ts';

const [file = '', dataDir = '', store = '', until = ''] = process.argv.slice(2);
let steps = 0;

function step(): void {
  steps += 1;
  if (steps === Number(until)) process.kill(process.pid, 'SIGKILL');
}

for (const name of ['open', 'mkdir', 'rename', 'rm', 'rmdir', 'unlink'] as const) {
  const change = files[name];
  Object.assign(files, {
    [name]: (...words: never[]) => {
      step();
      return Reflect.apply(change, files, words);
    },
  });
}
syncBuiltinESMExports();
const { transact } = EtcdConnection.prototype;
EtcdConnection.prototype.transact = function (request) {
  step();
  return transact.call(this, request);
};

const noFiles = { storeCaFile: '', storeCertFile: '', storeKeyFile: '', storeUserFile: '' };
await restoreBackup({ file, dataDir, force: true, store: { store, ...noFiles }, warn: () => {} });
console.log(steps);
