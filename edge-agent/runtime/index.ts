export { hostImage, ProcessRuntime } from './process.ts';
export * from './runtime.ts';
