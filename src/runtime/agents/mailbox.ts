import type { MailboxOptions } from "./mailbox-options.js";
import {
  homeToWake,
  type IdleMailbox,
  type MailboxView,
  outlivesTrust,
  runnerStep,
  turnStep,
  viewMailbox,
} from "./mailbox-step.js";
import { createMailboxTurns } from "./mailbox-turns.js";
import type { AgentRunner } from "./runner.js";

/**
 * Reader of agents' mailboxes. Each run reads the room and does what is due: starts a turn, delivers messages to a running one, passes on
 * answers, ends lost turns. It never waits for a turn.
 */
export function createMailbox(options: MailboxOptions): (reader: string, how?: { isOwn: boolean }) => Promise<void> {
  const { rooms, knownRunner, runnerOf, removeAgent } = options;
  const turns = createMailboxTurns(options);
  /** By runner: the `trustEndedVersion` that its session was opened at. */
  const trustVersions = new WeakMap<AgentRunner, number>();

  return async function run(reader, { isOwn } = { isOwn: false }): Promise<void> {
    const [pool = "", roomId = "", name = ""] = reader.split("/");
    // What this process woke it for is in its memory; what another one wrote for it may not be.
    const view = await rooms.peek(roomId, (room) => viewMailbox(room, name), { fresh: !isOwn });
    // Look the runner up after the await: another run may have started a turn.
    const runner = knownRunner(roomId, name);
    switch (runnerStep(view, { ...options, pool, runner })) {
      case "remove":
        return removeAgent(roomId, name);
      case "leave":
        return leaveToOthers(roomId, name, view);
      case "stop":
        return runner?.stop();
      case "drop":
        return runner?.dropLost();
      case "renew":
        await removeAgent(roomId, name);
        return attendTurn(roomId, name, view);
      case "keep":
        return attendTurn(roomId, name, view);
    }
  };

  /** The agent has another home node: drop it here and wake that node if there is work. */
  async function leaveToOthers(roomId: string, name: string, view: MailboxView): Promise<void> {
    await removeAgent(roomId, name);
    const home = homeToWake(view);
    if (home !== undefined) options.wakeAt(home, roomId, name);
  }

  async function attendTurn(roomId: string, name: string, view: MailboxView): Promise<void> {
    const runner = knownRunner(roomId, name);
    if (view.kind !== "absent")
      options.resumeOutage({ roomId, name }, { told: view.outages, hasWork: view.kind === "busy" || view.hasWork });
    const { isStarting } = turns;
    const due = turnStep(view, { ...options, runningTurnId: runner?.turnId, isStarting });
    if (view.kind === "idle" && due === "start") return startTurn(roomId, name, view);
    if (view.kind !== "busy") return;
    if (due === "attend" && runner) await turns.attend(roomId, name, { runner, turn: view.turn });
    if (due === "continue") await turns.continueOrLose(roomId, name, view.turn);
    if (due === "lose") await turns.lose(roomId, name, view.turn.turnId);
  }

  async function startTurn(roomId: string, name: string, view: IdleMailbox): Promise<void> {
    if (view.callsModel && (await options.isSpendingHeld(roomId))) return;
    await endTrust(roomId, name, view);
    await turns.start(roomId, name);
  }

  /** Permissions "for this session" live in the agent's process: it ends with the right of the person who gave one, and its conversation goes on in a new process. */
  async function endTrust(roomId: string, name: string, view: IdleMailbox): Promise<void> {
    if (view.trustEndedVersion === 0) return;
    const runner = knownRunner(roomId, name);
    const openedVersion = (runner && trustVersions.get(runner)) ?? 0;
    if (runner && outlivesTrust(view, { openedVersion, runningTurnId: runner.turnId })) await removeAgent(roomId, name);
    trustVersions.set(runnerOf(roomId, name), view.trustEndedVersion);
  }
}
