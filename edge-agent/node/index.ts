export {
  allocatableOf,
  type BoardFacts,
  boardFacts,
  boardLabels,
  kubeletVersion,
  type NodeAllocatable,
  nodeIps,
  type Reserved,
} from './board-facts.ts';
export { boardStats } from './board-stats.ts';
export { NodeReporter, type NodeReporterOptions } from './node-reporter.ts';
export { isBoardStopping, ShutdownWatch } from './shutdown-watch.ts';
