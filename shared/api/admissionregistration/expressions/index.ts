// CEL in webhooks and policies. Loaded only where there is an expression.

export { admissionEnvironment, check } from './admission-environment.ts';
export { conditionFaults, policyExpressionFaults } from './expression-faults.ts';
export {
  type AskedPermission,
  CelAuthorizer,
  type Decide,
  type GivenPermission,
} from './library-authorizer.ts';
