export { CertificateAuthority } from './certificate-authority.ts';
export { HubCertificates } from './hub-certificates.ts';
export { type KubeconfigOptions, kubeconfig } from './kubeconfig.ts';
export { nodeSigner } from './node-signer.ts';
export { type SigningKey, serviceAccountKey } from './service-account-key.ts';
