// Creates ConfigMaps through a hub, one after the other, for as long as it runs, and prints each name with the code of its
// answer ('none': there was none). Arguments: server, kubeconfig, the beginning of all names.

import { HttpsJson } from '../../support/https-json.ts';

const [server = '', kubeconfig = '', prefix = ''] = process.argv.slice(2);
const api = new HttpsJson(server, kubeconfig);
for (let at = 0; ; at += 1) {
  const name = `${prefix}-${at}`;
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
  const code = await api.ask('POST', '/api/v1/namespaces/default/configmaps', { body }).then(
    (answer) => answer.code,
    () => 'none',
  );
  console.log(JSON.stringify({ name, code }));
}
