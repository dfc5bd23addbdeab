// TYPE NAME…, TYPE,TYPE, TYPE/NAME …: what the words after a command mean, as kubectl's resource builder reads them.

import { UserError } from '../../../shared/base/index.ts';

export interface NamedArgument {
  type: string;
  name: string;
}

/** Either single objects, each by type and name, or types of which the command takes all or a selection. */
export type ParsedArguments =
  | { form: 'names'; objects: NamedArgument[] }
  | { form: 'types'; types: string[] };

/** Throws UserError in kubectl's words. `word` is the command's own, for the hint in them. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const slashed = args.filter((arg) => arg.includes('/'));
  if (slashed.length > 0) {
    if (slashed.length < args.length) throw new UserError(mixedForms);
    return { form: 'names', objects: args.map(splitArgument) };
  }
  const [typeList = '', ...names] = args;
  const types = splitTypes(typeList);
  if (names.length === 0) return { form: 'types', types };
  return { form: 'names', objects: types.flatMap((type) => names.map((name) => ({ type, name }))) };
}

const mixedForms =
  "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kelp get resource/<resource_name>' instead of 'kelp get resource resource/<resource_name>'";

function splitArgument(arg: string): NamedArgument {
  const parts = arg.split('/');
  if (parts.length > 2)
    throw new UserError('arguments in resource/name form may not have more than one slash');
  const [type = '', name = ''] = parts;
  if (type === '' || name === '' || splitTypes(type).length !== 1)
    throw new UserError('arguments in resource/name form must have a single resource and name');
  return { type, name };
}

function splitTypes(text: string): string[] {
  const types = text.split(',');
  if (types.some((type) => type === '')) {
    throw new UserError(`arguments in resource/name form must have a single resource and name`);
  }
  return [...new Set(types)];
}
