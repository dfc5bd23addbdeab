export { CertificateAuthority } from './certificate-authority.ts';
export { HubCertificates } from './hub-certificates.ts';
export { type KubeconfigOptions, kubeconfig } from './kubeconfig.ts';
export { requestSigner } from './request-signer.ts';
export { type SigningKey, serviceAccountKey } from './service-account-key.ts';
