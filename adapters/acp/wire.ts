import type { Readable, Writable } from "node:stream";
import { setImmediate as nextIteration } from "node:timers/promises";
import type { AnyMessage, Stream } from "@agentclientprotocol/sdk";
import type { PromptEnd } from "./acp-turn.js";
import { answerEnd, isMessage, isResponse, promptIdOf, type WireMessage } from "./wire-message.js";

/**
 * The lines between Parley and an ACP agent. The SDK's requests go through it under ids that no other router of the same process used. Prompts are written here,
 * because one that an earlier router wrote is answered here too: its id says of which inputs it was made, and a request that no agent knows, written behind it, is
 * refused under an id that says it was read.
 */
export interface AcpWire {
  /** For the SDK's connection. */
  stream: Stream;
  /** Writes a prompt made of these inputs. */
  prompt(options: { sessionId: string; text: string; inputs: readonly string[] }): void;
  /** Writes a notification at once, in order with prompts. */
  notify(method: string, params: unknown): void;
  /** Resolves when the agent has read all that was written until now; never where it does not answer what it does not know. */
  probe(): Promise<void>;
  /** Reads until the process's output ends. */
  read(): Promise<void>;
}

export interface AcpWireOptions {
  stdin: Writable;
  stdout: Readable;
  /** Told apart from all other routers of the same process. */
  life: string;
  /** What an earlier router's prompt was made of, that the agent has read it, and how it ended; `isOwn`: this router's. */
  onPrompt: (prompt: { id: string; inputs: readonly string[]; isOwn: boolean; end?: PromptEnd }) => void;
  /** The folder the process was started in, which it prints first. */
  onStarted: (cwd: string) => void;
  /** Resolves when the runtime has room for what the next line says. */
  room: () => Promise<void>;
}

/** A method of Parley's that no agent knows. */
const probeMethod = "_parley/read";
/** What the command of the process prints before it becomes the agent. */
export const startedMethod = "_parley/started";
const lineFeed = 0x0a;

export function createAcpWire({ stdin, stdout, life, onPrompt, onStarted, room }: AcpWireOptions): AcpWire {
  const pending = new Map<string, number | string>();
  const probes = new Map<string, () => void>();
  const answered = new Set<string>();
  let written = 0;
  let toSdk: ReadableStreamDefaultController<AnyMessage> | undefined;

  const write = (message: object) => void stdin.write(`${JSON.stringify(message)}\n`);
  const nextId = (kind: string) => `parley-${kind}-${life}-${written++}`;

  const readable = new ReadableStream<AnyMessage>({
    start(controller) {
      toSdk = controller;
    },
  });

  const writable = new WritableStream<AnyMessage>({
    write(message) {
      if (!("method" in message) || !("id" in message) || message.id === null) return write(message);
      const id = nextId("request");
      pending.set(id, message.id);
      write({ ...message, id });
    },
  });

  function takeAnswer(message: WireMessage & { id: string }): void {
    const { id } = message;
    probes.get(id)?.();
    probes.delete(id);
    const asked = pending.get(id);
    if (asked !== undefined) {
      pending.delete(id);
      pass({ ...message, id: asked } as AnyMessage);
      return;
    }
    const prompt = promptIdOf(id);
    if (!prompt || answered.has(id)) return;
    answered.add(id);
    const isOwn = prompt.life === life;
    onPrompt({ id: prompt.id, inputs: prompt.inputs, isOwn, ...(!prompt.isProbe && { end: answerEnd(message) }) });
  }

  function pass(message: AnyMessage): void {
    try {
      toSdk?.enqueue(message);
    } catch {
      // The SDK has closed its end: nobody listens any more.
    }
  }

  function take(line: Buffer): void {
    const message = parsed(line);
    if (!isMessage(message)) return;
    if (isResponse(message)) {
      if (typeof message.id === "string") takeAnswer({ ...message, id: message.id });
    } else if (message.method === startedMethod) {
      const { cwd } = (message.params ?? {}) as { cwd?: unknown };
      if (typeof cwd === "string") onStarted(cwd);
    } else pass(message as unknown as AnyMessage);
  }

  return {
    stream: { readable, writable },
    prompt({ sessionId, text, inputs }) {
      const id = `${nextId("prompt")}:${inputs.join(".")}`;
      const prompt = [{ type: "text", text }];
      write({ jsonrpc: "2.0", id, method: "session/prompt", params: { sessionId, prompt } });
      write({ jsonrpc: "2.0", id: `parley-read-${id}`, method: probeMethod, params: {} });
    },
    notify: (method, params) => write({ jsonrpc: "2.0", method, params }),
    probe: () =>
      new Promise((resolve) => {
        const id = nextId("probe");
        probes.set(id, resolve);
        write({ jsonrpc: "2.0", id, method: probeMethod, params: {} });
      }),
    async read() {
      for await (const line of linesOf(stdout)) {
        take(line);
        // What a line leads to is done before the next one is read.
        await nextIteration();
        await room();
      }
      try {
        toSdk?.close();
      } catch {
        // It was closed from the other end.
      }
    },
  };
}

async function* linesOf(stream: Readable): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, at)]);
      [from, rest] = [at + 1, []];
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined;
  }
}
