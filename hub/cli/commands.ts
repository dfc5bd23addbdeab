// Every word of `kelp`, in the order of its help. (`kelp hub` and `kelp agent` are programs of their own: see bin/kelp.)

import { apiResourcesCommand } from './api-resources/command.ts';
import { applyCommand } from './apply/command.ts';
import { attachCommand } from './attach/command.ts';
import { backupCommand, restoreCommand } from './backup/command.ts';
import type { CliCommand } from './command.ts';
import { cordonCommand } from './cordon/command.ts';
import { cpCommand } from './cp/command.ts';
import { createCommand } from './create/command.ts';
import { deleteCommand } from './delete/command.ts';
import { describeCommand } from './describe/command.ts';
import { drainCommand } from './drain/command.ts';
import { encryptionCommand } from './encryption/command.ts';
import { execCommand } from './exec/command.ts';
import { getCommand } from './get/command.ts';
import { labelCommand } from './label/command.ts';
import { logsCommand } from './logs/command.ts';
import { mqttCommand } from './mqtt/command.ts';
import { portForwardCommand } from './port-forward/command.ts';
import { rolloutCommand } from './rollout/command.ts';
import { scaleCommand } from './scale/command.ts';
import { setCommand } from './set/command.ts';
import { tokenCommand } from './token/command.ts';
import { upCommand } from './up/command.ts';
import { versionCommand } from './version/command.ts';
import { waitCommand } from './wait/command.ts';

export const commands: readonly CliCommand[] = [
  upCommand,
  getCommand,
  describeCommand,
  logsCommand,
  execCommand,
  attachCommand,
  portForwardCommand,
  cpCommand,
  createCommand,
  applyCommand,
  deleteCommand,
  scaleCommand,
  rolloutCommand,
  setCommand,
  waitCommand,
  labelCommand,
  cordonCommand,
  drainCommand,
  apiResourcesCommand,
  tokenCommand,
  backupCommand,
  restoreCommand,
  encryptionCommand,
  mqttCommand,
  versionCommand,
];
