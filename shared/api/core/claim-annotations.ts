// Annotations by which the binder, the scheduler and provisioners tell each other of claims and volumes, as upstream.

/** On a claim: it was bound once. */
export const bindCompleted = 'pv.kubernetes.io/bind-completed';
/** On a claim or volume: no person chose the other side. */
export const boundByController = 'pv.kubernetes.io/bound-by-controller';
/** On a claim: the node for which a volume is to be made. */
export const selectedNode = 'volume.kubernetes.io/selected-node';
/** On a claim: who is to make the volume; older provisioners read the second. */
export const storageProvisioner = 'volume.kubernetes.io/storage-provisioner';
export const betaStorageProvisioner = 'volume.beta.kubernetes.io/storage-provisioner';
