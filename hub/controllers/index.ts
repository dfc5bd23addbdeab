// All controllers. Each promises one thing; its file begins with what.

import type { Controller } from '../../shared/client/index.ts';
import type { ControllerContext } from './context.ts';
import { deploymentController } from './deployment.ts';
import { replicaSetController } from './replica-set.ts';

export { type ControllerContext, type ControllerOptions, defaultOptions } from './context.ts';
export { CertificateSigning, type CertificateSigningOptions, type Signer } from './certificate-signing.ts';
export { ControllerManager, type ControllerManagerOptions } from './controller-manager.ts';

export function controllers(context: ControllerContext): Controller[] {
  return [deploymentController(context), replicaSetController(context)];
}
