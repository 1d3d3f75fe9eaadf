import type { CliCommand } from "./command.js";
import { agentCommands } from "./commands/agent.js";
import { agentInviteCommand } from "./commands/agent-invite.js";
import { backupCommands } from "./commands/backup.js";
import { completionCommand } from "./commands/completion.js";
import { decideCommands } from "./commands/decide.js";
import { doctorCommand } from "./commands/doctor.js";
import { exportCommand } from "./commands/export.js";
import { fileCommand } from "./commands/file.js";
import { gatesCommand } from "./commands/gates.js";
import { imageCommand } from "./commands/image.js";
import { initCommand } from "./commands/init.js";
import { inviteCommands } from "./commands/invite.js";
import { joinCommand } from "./commands/join.js";
import { logCommand } from "./commands/log.js";
import { moveLogCommand } from "./commands/move-log.js";
import { openCommand } from "./commands/open.js";
import { personCommands } from "./commands/person.js";
import { retryCommand } from "./commands/retry.js";
import { roleCommands } from "./commands/role.js";
import { roomCommands } from "./commands/room.js";
import { roomSetupCommand } from "./commands/room-setup.js";
import { runtimeCommands } from "./commands/runtime.js";
import { sendCommand } from "./commands/send.js";
import { setupCommands } from "./commands/setup.js";
import { spendingCommands } from "./commands/spending.js";
import { tokenCommands } from "./commands/token.js";
import { upCommand, workerCommand } from "./commands/up.js";
import { watchCommand } from "./commands/watch.js";
import { workCommands } from "./commands/work.js";

/** Every command, in the order of the help. */
export const allCommands: readonly CliCommand[] = [
  initCommand,
  upCommand,
  workerCommand,
  ...roomCommands,
  roomSetupCommand,
  ...agentCommands,
  agentInviteCommand,
  ...roleCommands,
  ...runtimeCommands,
  ...inviteCommands,
  ...personCommands,
  ...tokenCommands,
  joinCommand,
  openCommand,
  sendCommand,
  retryCommand,
  watchCommand,
  logCommand,
  ...workCommands,
  gatesCommand,
  ...decideCommands,
  ...spendingCommands,
  exportCommand,
  fileCommand,
  moveLogCommand,
  ...backupCommands,
  ...setupCommands,
  imageCommand,
  doctorCommand,
  completionCommand,
];
