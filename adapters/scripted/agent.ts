import type { Agent, Output } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import { createOutputQueue } from "../kit/output-queue.js";
import { createTurnRunner, type TurnRunnerOptions } from "./turn-runner.js";

export interface ScriptedAgentOptions
  extends Pick<TurnRunnerOptions, "spec" | "rules" | "session" | "worker" | "clock" | "sha256"> {
  /** The agent is closed, or `crashed` and its session with it. */
  onEnd: (how: "closed" | "crashed") => void;
}

const ACCEPTED = Promise.resolve();

/** One open agent: its outputs and its life; its turns are in `createTurnRunner`. */
export function createScriptedAgent(options: ScriptedAgentOptions): Agent {
  const { name } = options.spec;
  const out = createOutputQueue<Output>();
  let state: "open" | "closing" | "ended" = "open";
  let resolveEnded = () => {};
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve;
  });

  const end = (how: "closed" | "crashed") => {
    state = "ended";
    runner.abandon();
    if (how === "closed") out.end();
    else out.fail(crashError(name));
    options.onEnd(how);
    resolveEnded();
  };

  const runner = createTurnRunner({
    ...options,
    emit: out.push,
    onTurnEnd: () => {
      if (state === "closing") end("closed");
    },
    onCrash: () => end("crashed"),
  });

  return {
    outputs: out.outputs,
    send(input) {
      if (state !== "open") return Promise.reject(closedError(name));
      runner.take(input);
      return ACCEPTED;
    },
    answer(requestId, decision) {
      runner.answer(requestId, decision);
      return ACCEPTED;
    },
    // A script has no model, effort or mode: nothing is to change.
    configure: () => Promise.resolve("now"),
    interrupt() {
      runner.interrupt();
      return ACCEPTED;
    },
    close({ graceful }) {
      if (state === "ended") return ended;
      if (graceful && runner.isBusy()) state = "closing";
      else end("closed");
      return ended;
    },
  };
}

function crashError(name: string): PortError {
  return new PortError(`The sandbox of @${name} died because its script says so.`, {
    code: "died",
    retryable: true,
  });
}

function closedError(name: string): PortError {
  return new PortError(`The session of @${name} is closed; nothing was handed over. Open the agent again.`, {
    code: "closed",
    retryable: false,
  });
}
