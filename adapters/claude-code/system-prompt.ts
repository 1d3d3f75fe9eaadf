import type { AgentSpec } from "../../src/ports/agents.js";
import type { ClaudeCodeRole } from "./options.js";

const maxShownParticipants = 40;

/**
 * What is added to Claude Code's own system prompt: role, how to talk in the room, what the room is. It stands outside everything the agent works on. Its
 * session keeps the first one, so who is here later is only in the messages.
 */
export function systemPromptOf(
  spec: AgentSpec,
  { role, messagingSkill }: { role: ClaudeCodeRole; messagingSkill: string },
): string {
  const parts = [role.guidance, messagingSkill, spec.prompt ?? "", roomFacts(spec)];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join("\n\n");
}

function roomFacts(spec: AgentSpec): string {
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
    `Your name is ${spec.name}.`,
  ].join("\n");
}

function branchOf({ branch }: AgentSpec): string {
  return branch === undefined ? "" : `, branch ${onOneLine(branch)}`;
}

/** A room's name is anybody's text: it gets no lines and no quotes of its own. */
function onOneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}"]+/gu, " ").trim();
}
