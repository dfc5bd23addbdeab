// JSON as Go writes it, for all that the CLI prints.

export { compactJson, goNumber, indentedJson } from '../../../shared/machinery/index.ts';
