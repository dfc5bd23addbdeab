export type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';
