// A client certificate that our CA signed: its common name is the user, its organizations are the groups.

import type { Authenticator } from './authenticate.ts';

export const certificateAuthenticator: Authenticator = {
  name: 'certificate',
  async authenticate({ certificate }) {
    if (!certificate?.commonName) return undefined;
    return { name: certificate.commonName, groups: certificate.organizations };
  },
};
