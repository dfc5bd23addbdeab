export { evaluateTemplate, find, textOf } from './evaluate.ts';
export { parsePath, parseTemplate, type Step, type TemplateNode } from './parse.ts';
