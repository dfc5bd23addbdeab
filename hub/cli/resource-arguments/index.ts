export { parseArguments } from './parse-arguments.ts';
export { itemsOfList, type ReadOptions, readList, readObject, readPages } from './read.ts';
export { type Scope, type Selected, type Selection, select } from './select.ts';
export {
  currentOf,
  forEachTarget,
  noResources,
  type Target,
  type TargetFlags,
  type Targets,
  targetsOf,
} from './targets.ts';
