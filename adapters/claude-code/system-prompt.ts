import type { AgentSpec } from "../../src/ports/agents.js";
import type { ClaudeCodeRole } from "./options.js";

const maxShownParticipants = 40;

/**
 * What is added to Claude Code's own system prompt: role, how to talk in the room, what the room is. It stands outside everything the agent works on. Its
 * session keeps the first one, so who is here later is only in the messages.
 */
export function systemPromptOf(
  spec: AgentSpec,
  { role, messagingSkill, proxyUrl }: { role: ClaudeCodeRole; messagingSkill: string; proxyUrl?: string },
): string {
  const parts = [role.guidance, messagingSkill, spec.prompt ?? "", roomFacts(spec, proxyUrl !== undefined)];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join("\n\n");
}

function roomFacts(spec: AgentSpec, hasProxy: boolean): string {
  const others = spec.participants.filter(({ name }) => name !== spec.name);
  const shown = others.slice(0, maxShownParticipants).map(({ name, kind, role }) => {
    return kind === "human" ? `@${name} (a person, ${role})` : `@${name} (an agent, ${role})`;
  });
  if (others.length > shown.length) shown.push(`${others.length - shown.length} more`);
  const repository =
    spec.repo === undefined
      ? []
      : [
          `Its repository: ${onOneLine(spec.repo)}${branchOf(spec)}. Nobody has put it into your work folder; if it is not there, say so.`,
        ];
  return [
    "# This room",
    "",
    `The room is called "${onOneLine(spec.roomName)}". ${["With you are", shown.length > 0 ? shown.join(", ") : "nobody yet"].join(" ")}.`,
    ...repository,
    "You run in a sandbox of your own; nobody else sees its files unless you send what is in them.",
    ...(hasProxy ? [reachOf(spec)] : []),
    `Your name is ${spec.name}.`,
  ].join("\n");
}

/** Stays true when the list changes. */
function reachOf({ egress = [] }: AgentSpec): string {
  const list = egress.length === 0 ? "it was empty when you came" : `when you came it had ${egress.join(", ")}`;
  return `It has no network but one proxy, set in HTTPS_PROXY and HTTP_PROXY, to the hosts on this room's egress list: ${list}. A 403 of the proxy means that a host is not on it now: say which host you need and what for, and ask the room's owner to allow it.`;
}

function branchOf({ branch }: AgentSpec): string {
  return branch === undefined ? "" : `, branch ${onOneLine(branch)}`;
}

/** A room's name is anybody's text: it gets no lines and no quotes of its own. */
function onOneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}"]+/gu, " ").trim();
}
