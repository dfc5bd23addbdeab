// The revisions of a Deployment, as they stand in annotations of its ReplicaSets and of itself.

export const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** What can be written has 64 bits: more than a number holds. 0n: none, or nothing that is one. */
export function parseRevision(text: string | undefined): bigint {
  if (!text || !/^[+-]?\d{1,19}$/.test(text)) return 0n;
  const revision = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, revision) === revision ? revision : 0n;
}
