import { describe, expect, test } from "vitest";
import type { Line } from "../../../adapters/claude-code/line.js";
import {
  batchGathered,
  freshTurns,
  inputTaken,
  isBusy,
  isStopping,
  lineRead,
  promptMissed,
  type TurnAction,
  type TurnChange,
  type TurnsState,
  turnInterrupted,
  turnsAbandoned,
  workSeen,
} from "../../../adapters/claude-code/turn-state.js";
import type { AgentInput } from "../../../src/ports/agents.js";
import { messageFor } from "../../contract/agent-listener.js";

type Step = (state: TurnsState) => TurnChange;

const uuidOf = (ids: readonly string[]) => ids.join("+");
const take =
  (id: string, kind?: AgentInput["class"], isFinished = false): Step =>
  (state) =>
    inputTaken(state, { ...messageFor(id, id, kind), text: id }, { isFinished, uuidOf });
const urgent = (id: string) => take(id, "interrupt");
const known = (id: string) => take(id, "deliver", true);
const gathered: Step = (state) => batchGathered(state, uuidOf);
const read =
  (line: Line): Step =>
  (state) =>
    lineRead(state, line, uuidOf);
const told = (word: string) => read({ type: "system", subtype: "session_state_changed", state: word } as Line);
const [runs, rests] = [told("running"), told("idle")];
const enters = (uuid: string) => read({ type: "command_lifecycle", command_uuid: uuid, state: "started" });
const queued = (uuid: string) => read({ type: "command_lifecycle", command_uuid: uuid, state: "queued" });
const replays = (uuid: string) => read({ type: "user", uuid, isReplay: true, message: { content: "" } });
const result = read({ type: "result", subtype: "success", is_error: false });
const fails = (text: string) => read({ type: "result", subtype: "success", is_error: true, result: text });
const works: Step = workSeen;
const interrupts: Step = turnInterrupted;
const misses: Step = (state) => promptMissed(state, uuidOf);
const abandons: Step = (state) => ({ state: turnsAbandoned(state), actions: [] });

/** The turn with prompt `a` under way. */
const began = [take("a"), gathered, runs, enters("a")];

function play(steps: readonly Step[]): { state: TurnsState; last: readonly TurnAction[] } {
  let change: TurnChange = { state: freshTurns, actions: [] };
  for (const step of steps) change = step(change.state);
  return { state: change.state, last: change.actions };
}

function inShort(action: TurnAction): string {
  if (action.do === "write") return `write ${action.uuid}`;
  if (action.do !== "end") return action.do;
  const { end, inputIds, later } = action;
  const error = end.error === undefined ? "" : `: ${end.error}`;
  return `${end.outcome} of ${[...inputIds].join("+")}, then ${later.map(({ id }) => id).join("+")}${error}`;
}

const phaseOf = ({ turn }: TurnsState) => turn.phase;
const missed = expect.stringContaining("did not take a message");

describe("a turn of Claude Code", () => {
  test.each<[string, Step[], TurnsState["turn"]["phase"], unknown[]]>([
    ["begins with a message, which waits for others", [take("a")], "gathering", ["gather"]],
    ["gathers once", [take("a"), take("b")], "gathering", []],
    ["hands over what was gathered as one prompt", [take("a"), urgent("b"), gathered], "running", ["write b+a"]],
    ["begins with a message that is finished already", [known("a")], "gathering", ["gather"]],
    ["ends at once where nothing but finished messages came", [known("a"), gathered], "idle", ["done of , then "]],
    ["keeps a message for its next prompt", [...began, take("b")], "running", []],
    ["takes a steering message at once", [...began, urgent("b")], "running", ["write b"]],
    ["takes no message twice", [...began, urgent("a")], "running", []],
    [
      "goes on with its next prompt when Claude Code rests",
      [...began, take("b"), rests],
      "running",
      ["unwatch", "write b"],
    ],
    ["ends when Claude Code rests and nothing waits", [...began, rests], "idle", ["unwatch", "done of a, then "]],
    ["does not end before Claude Code rests", [...began, result], "running", []],
    [
      "ends at a result where Claude Code never says that it rests",
      [take("a"), gathered, enters("a"), result],
      "idle",
      ["done of a, then "],
    ],
    ["watches a prompt that was not taken", [take("a"), gathered, rests], "running", ["unwatch", "watch"]],
    [
      "watches a prompt that is only queued",
      [take("a"), gathered, queued("a"), rests],
      "running",
      ["unwatch", "watch"],
    ],
    [
      "ends where the prompt was replayed",
      [take("a"), gathered, replays("a"), rests],
      "idle",
      ["unwatch", "done of a, then "],
    ],
    ["watches no prompt while Claude Code works", [take("a"), gathered, rests, runs], "running", ["unwatch"]],
    ["fails where a prompt was missed", [take("a"), gathered, rests, misses], "idle", [missed]],
    [
      "hands over the next prompt where one was missed",
      [take("a"), gathered, take("b"), rests, misses],
      "running",
      ["write b"],
    ],
    [
      "fails with its first error",
      [...began, fails("one"), fails("two"), rests],
      "idle",
      ["unwatch", expect.stringMatching(/^failed of a, then : .*one/)],
    ],
    ["of Claude Code's own begins with work", [works], "running", []],
    ["of Claude Code's own ends when it rests", [works, rests], "idle", ["unwatch", "done of , then "]],
    ["does not begin with a rest", [rests], "idle", ["unwatch"]],
    ["does not begin with a result", [fails("one")], "idle", []],
  ])("%s", (_, steps, phase, actions) => {
    const { state, last } = play(steps);
    expect([phaseOf(state), last.map(inShort)]).toEqual([phase, actions]);
  });
});

describe("a turn that is interrupted", () => {
  test.each<[string, Step[], TurnsState["turn"]["phase"], unknown[]]>([
    ["is not one without a turn", [interrupts], "idle", []],
    [
      "is cancelled at once before its prompt is handed over",
      [take("a"), interrupts],
      "idle",
      ["cancelled of a, then "],
    ],
    ["is stopped in Claude Code", [...began, interrupts], "stopping", ["stop"]],
    ["is stopped again when that is asked again", [...began, interrupts, interrupts], "stopping", ["stop"]],
    [
      "is cancelled when Claude Code rests",
      [...began, interrupts, rests],
      "idle",
      ["unwatch", "cancelled of a, then "],
    ],
    [
      "is cancelled with the messages that waited in it",
      [...began, take("b"), interrupts, rests],
      "idle",
      ["unwatch", "cancelled of a+b, then "],
    ],
    [
      "leaves later messages to the next turn",
      [...began, interrupts, take("b"), rests],
      "idle",
      ["unwatch", "cancelled of a, then b"],
    ],
    [
      "is cancelled whatever error its end had",
      [...began, interrupts, fails("aborted"), rests],
      "idle",
      ["unwatch", "cancelled of a, then "],
    ],
    [
      "is cancelled although a prompt was not taken",
      [take("a"), gathered, interrupts, rests],
      "idle",
      ["unwatch", "cancelled of a, then "],
    ],
    [
      "is cancelled where its prompt was missed",
      [take("a"), gathered, rests, interrupts, misses],
      "idle",
      ["cancelled of a, then "],
    ],
  ])("%s", (_, steps, phase, actions) => {
    const { state, last } = play(steps);
    expect([phaseOf(state), last.map(inShort)]).toEqual([phase, actions]);
  });
});

describe("the state", () => {
  test.each<[string, Step[], { busy: boolean; stopping: boolean }]>([
    ["is idle at first", [], { busy: false, stopping: false }],
    ["is busy while messages gather", [take("a")], { busy: true, stopping: false }],
    ["is busy in a turn", began, { busy: true, stopping: false }],
    ["is stopping after an interrupt", [...began, interrupts], { busy: true, stopping: true }],
    ["is idle after the turn", [...began, interrupts, rests], { busy: false, stopping: false }],
    ["is not busy when abandoned", [...began, abandons], { busy: false, stopping: false }],
    [
      "still says that a text may be cut off when abandoned",
      [...began, interrupts, abandons],
      { busy: false, stopping: true },
    ],
  ])("%s", (_, steps, expected) => {
    const { state } = play(steps);
    expect({ busy: isBusy(state), stopping: isStopping(state) }).toEqual(expected);
  });

  test.each<[string, Step]>([
    ["a message", take("b")],
    ["work", works],
    ["a rest", rests],
    ["a missed prompt", misses],
    ["an interrupt", interrupts],
    ["a gathering", gathered],
  ])("stays abandoned after %s", (_, step) => {
    const { state, last } = play([...began, abandons, step]);
    expect([phaseOf(state), last.map(inShort).filter((action) => action !== "unwatch")]).toEqual(["abandoned", []]);
  });
});
