// The labels by which a Job and its pods know each other. The older ones have no domain and are still set.

export const jobLabels = {
  name: 'batch.kubernetes.io/job-name',
  uid: 'batch.kubernetes.io/controller-uid',
  legacyName: 'job-name',
  legacyUid: 'controller-uid',
} as const;
