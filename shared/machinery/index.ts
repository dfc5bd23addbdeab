export * from './errors.ts';
export * from './field.ts';
export type * from './object.ts';
export type * from './schema.ts';
