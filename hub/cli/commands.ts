// Every word of `kelp`, in the order of its help. (`kelp hub` and `kelp agent` are programs of their own: see bin/kelp.)

import { applyCommand } from './apply/command.ts';
import type { CliCommand } from './command.ts';
import { getCommand } from './get/command.ts';
import { mqttCommand } from './mqtt/command.ts';
import { tokenCommand } from './token/command.ts';
import { upCommand } from './up/command.ts';

export const commands: readonly CliCommand[] = [
  upCommand,
  getCommand,
  applyCommand,
  tokenCommand,
  mqttCommand,
];
