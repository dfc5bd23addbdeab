export { policyStatusController } from './policy-status-controller.ts';
