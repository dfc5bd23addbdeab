export { Discovery } from './discovery.ts';
export {
  type Address,
  apiVersionOfType,
  pathOf,
  qualifiedKind,
  qualifiedResource,
  type ResourceType,
  withQuery,
} from './resource-type.ts';
