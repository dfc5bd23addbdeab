// `kelp create`: make new objects, of manifests or of what flags say.

import { type Command, Option } from 'commander';
import type { CliCommand, Terminal } from '../command.ts';
import { listed, namespaceFlags, wholeNumber } from '../flags.ts';
import { withSession } from '../session.ts';
import { dryRunFlag } from '../writes/dry-run.ts';
import type { CreateOneFlags, Plan } from './create-one.ts';

export const createCommand: CliCommand = {
  describe(program, terminal) {
    const create = writingFlags(
      program.command('create').description('Create what manifests describe, or one object by flags'),
    )
      .option('-f, --filename <file>', 'manifests: a file, a folder, or - for standard input', listed)
      .option('-R, --recursive', 'folders with all that is in them')
      .option('-l, --selector <query>', 'only objects with these labels', '')
      .action(async (flags) => {
        const { create } = await import('./create.ts');
        await withSession(flags, terminal, (session) => create(flags, session));
      });
    describeSimple(create, terminal);
    describeData(create, terminal);
    describeDeployment(create, terminal);
  },
};

/** What all ways of creating share. */
function writingFlags(command: Command): Command {
  const flags = namespaceFlags(command)
    .option('-o, --output <format>', 'show the objects: json|yaml|name|jsonpath=…', '')
    .option('--show-managed-fields', 'with json and yaml: keep managedFields')
    .option('--save-config', 'keep the manifest in an annotation, for a later kelp apply')
    .option('--field-manager <name>', 'who is said to have made the change', 'kubectl-create')
    .option('--validate <how>', 'strict: refuse unknown fields, warn: tell of them, ignore', 'strict');
  return dryRunFlag(flags);
}

async function run(
  command: Command,
  names: readonly string[],
  terminal: Terminal,
  planOf: (flags: CreateOneFlags) => Promise<Plan>,
): Promise<void> {
  const { createOne } = await import('./create-one.ts');
  const flags = command.opts<CreateOneFlags>();
  const words = `${command.parent?.name() === 'secret' ? 'secret ' : ''}${command.name()}`;
  const plan = await planOf(flags);
  await withSession(flags, terminal, (session) => createOne(words, names, plan, flags, session));
}

function describeSimple(create: Command, terminal: Terminal): void {
  writingFlags(create.command('namespace').alias('ns').description('Create a namespace'))
    .argument('[name...]', 'its name')
    .action(async (names: string[], _, command: Command) =>
      run(command, names, terminal, async () => (await import('./plan-simple.ts')).planNamespace),
    );
  writingFlags(create.command('serviceaccount').alias('sa').description('Create a service account'))
    .argument('[name...]', 'its name')
    .action(async (names: string[], _, command: Command) =>
      run(command, names, terminal, async () => (await import('./plan-simple.ts')).planServiceAccount),
    );
}

function dataFlags(command: Command): Command {
  return command
    .argument('[name...]', 'its name')
    .addOption(
      new Option('--from-literal <key=value>', 'a key and its value; may be repeated')
        .default([])
        .argParser((text: string, before: string[]) => [...before, text]),
    )
    .option('--from-file <[key=]file>', 'a file, or every file of a folder, by its name or key', listed, [])
    .option('--from-env-file <file>', 'a file of lines KEY=VALUE', listed, []);
}

function describeData(create: Command, terminal: Terminal): void {
  dataFlags(writingFlags(create.command('configmap').alias('cm').description('Create a ConfigMap'))).action(
    async (names: string[], flags, command: Command) =>
      run(command, names, terminal, async () =>
        (await import('./plan-data.ts')).planConfigMap(flags, terminal.env),
      ),
  );
  const secret = create.command('secret').description('Create a Secret');
  dataFlags(writingFlags(secret.command('generic').description('Create a Secret of files and literals')))
    .option('--type <type>', 'the type of the Secret', '')
    .action(async (names: string[], flags, command: Command) =>
      run(command, names, terminal, async () =>
        (await import('./plan-data.ts')).planSecret(flags, terminal.env),
      ),
    );
}

function describeDeployment(create: Command, terminal: Terminal): void {
  writingFlags(create.command('deployment').alias('deploy').description('Create a Deployment'))
    .usage('[options] NAME --image=IMAGE [-- COMMAND [args...]]')
    .argument('[name]', 'its name')
    .argument('[command...]', 'after --: what its container runs')
    .requiredOption('--image <image>', 'the image of its container; several: a container each', listed)
    .option('-r, --replicas <n>', 'how many pods', wholeNumber, 1)
    .option('--port <n>', 'the port that its first container listens on', wholeNumber)
    .action(async (name: string | undefined, words: string[], flags, command: Command) =>
      run(command, name === undefined ? [] : [name], terminal, async () =>
        (await import('./plan-deployment.ts')).planDeployment({ ...flags, command: words }),
      ),
    );
}
