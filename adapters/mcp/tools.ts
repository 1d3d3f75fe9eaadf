import type { McpServer, ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { AgentDoor } from "../../src/ports/agent-door.js";
import type { Refusable } from "../../src/ports/refusable.js";
import { askedText, lookText, messagesText, receiptsText, saidText, turnText } from "./words.js";

/** Longest wait of `listen`, seconds: clients give a call up after a minute. */
const maxListenSeconds = 50;
/** Messages on a page that is read back. */
const pageSize = 20;

/** The answer of a tool. No interface, because the SDK takes answers with any further member. */
type ToolAnswer = { content: { type: "text"; text: string }[]; isError?: boolean };

const whole = z.int().min(1).max(2_592_000).optional();

/** Registers the tools of a room for one agent. Descriptions are short: an agent pays for them in each of its turns. */
export function registerTools(server: McpServer, door: AgentDoor): void {
  registerHearing(server, door);
  registerSpeaking(server, door);
}

function registerHearing(server: McpServer, door: AgentDoor): void {
  server.registerTool("who", { description: "Who is here, and your open questions" }, async () => {
    const look = await door.look();
    return look ? told(lookText(look)) : failed("You are not in this room any more.");
  });

  server.registerTool(
    "listen",
    {
      description:
        "Messages for you, also those to come within waitSeconds. The same again until you pass their turn as done",
      inputSchema: z.object({
        done: z.string().optional(),
        waitSeconds: z.int().min(0).max(maxListenSeconds).optional(),
      }),
    },
    async ({ done, waitSeconds = 0 }, { mcpReq }) => {
      const ended = done === undefined ? undefined : await door.acknowledge({ turnId: done });
      const notOpen = ended?.kind === "refused" ? "That turn had ended before.\n" : "";
      const taken = await door.take({ waitMs: waitSeconds * 1_000, signal: mcpReq.signal });
      if (!taken) return told(`${notOpen}Nothing came.`);
      return answerOf(taken, (turn) => notOpen + turnText(turn));
    },
  );

  server.registerTool(
    "read",
    {
      description: "Read back: the newest page, or before a place; text filters",
      inputSchema: z.object({ text: z.string().max(200).optional(), before: z.string().optional() }),
    },
    async ({ text, before }) => told(messagesText(await door.messages({ limit: pageSize, containing: text, before }))),
  );

  server.registerTool("receipts", { description: "How far your last messages came" }, async () => {
    const [page, look] = await Promise.all([door.messages({ limit: pageSize, isOwn: true }), door.look()]);
    return told(receiptsText(page, look));
  });
}

function registerSpeaking(server: McpServer, door: AgentDoor): void {
  server.registerTool(
    "say",
    {
      description: "Send a message to names, room or human. notify wakes nobody, interrupt reaches a busy agent",
      inputSchema: z.object({
        to: z.array(z.string()),
        body: z.string(),
        class: z.enum(["notify", "deliver", "interrupt"]).optional(),
        ttlSeconds: whole,
      }),
    },
    async ({ to, body, class: how, ttlSeconds }, context) => {
      const message = { to: to.map(bare), body, ...(how && { class: how }), ...(ttlSeconds && { ttlSeconds }) };
      return answerOf(await door.say(message, { key: keyOf(context) }), saidText);
    },
  );

  server.registerTool(
    "ask",
    {
      description: "Ask a person; the answer comes with listen",
      inputSchema: z.object({
        question: z.string(),
        options: z.array(z.string()).max(10).optional(),
        urgent: z.boolean().optional(),
        expiresSeconds: whole,
      }),
    },
    async ({ question, options, urgent, expiresSeconds }, context) => {
      const asked = await door.ask(
        {
          body: question,
          options: options?.map((label) => ({ label })),
          isUrgent: urgent,
          expiresInSeconds: expiresSeconds,
        },
        { key: keyOf(context) },
      );
      return answerOf(asked, askedText);
    },
  );

  server.registerTool(
    "withdraw",
    { description: "Take back a question or a held message", inputSchema: z.object({ id: z.string() }) },
    async ({ id }) => answerOf(await door.withdraw(id), () => "It is taken back."),
  );
}

/** `@coder` is the name `coder`. */
const bare = (name: string): string => name.replace(/^@/, "");

/**
 * The client's own id for the call, where it gives one: Claude Code does, in `_meta`, and gives the same id when a call that was cut off is made again. The
 * id of the JSON-RPC request cannot be used: each client counts from its start again.
 */
function keyOf({ mcpReq }: ServerContext): string | undefined {
  const id = mcpReq._meta?.["claudecode/toolUseId"];
  return typeof id === "string" && /^[\x21-\x7e]{1,150}$/.test(id) ? `mcp/${id}` : undefined;
}

function answerOf<T extends object>(outcome: Refusable<T>, words: (done: T) => string): ToolAnswer {
  return outcome.kind === "done" ? told(words(outcome)) : failed(`Nothing was done: ${outcome.rejection.detail}`);
}

function told(text: string): ToolAnswer {
  return { content: [{ type: "text", text }] };
}

function failed(text: string): ToolAnswer {
  return { ...told(text), isError: true };
}
