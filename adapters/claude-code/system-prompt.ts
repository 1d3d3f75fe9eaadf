import { branchFolderOf, repositoryUrl } from "../../src/core/values/repository.js";
import type { AgentSpec } from "../../src/ports/agents.js";
import type { ClaudeCodeRole } from "./options.js";
import { type AcceptedSetup, noSetup } from "./setup/accepted.js";
import { canRunGit, repositoryToPut } from "./work-folder.js";

const maxShownParticipants = 40;

/**
 * Text appended to Claude Code's own system prompt: the role, how to talk in the room, what the room is. It is separate from everything the agent
 * works on. The session keeps the first one, so later joins appear only in messages.
 */
export function systemPromptOf(
  spec: AgentSpec,
  {
    role,
    setup = noSetup,
    messagingSkill,
    repositoriesAt,
    proxyUrl,
  }: {
    role: ClaudeCodeRole;
    setup?: AcceptedSetup;
    messagingSkill: string;
    repositoriesAt?: string | undefined;
    proxyUrl?: string | undefined;
  },
): string {
  const facts = roomFacts(spec, {
    repository: repositoryFacts(spec, role, repositoriesAt),
    hasProxy: proxyUrl !== undefined,
  });
  const parts = [role.guidance, messagingSkill, spec.prompt ?? "", facts, setup.instructions];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join("\n\n");
}

/** What of it people may change while the agent is in the room: its role's guidance, its standing instructions and what its repository says. */
export function instructionsOf(
  { prompt = "" }: AgentSpec,
  { guidance }: ClaudeCodeRole,
  { instructions }: AcceptedSetup = noSetup,
): string {
  return [guidance, prompt, instructions]
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join("\n\n");
}

function roomFacts(
  spec: AgentSpec,
  { repository, hasProxy }: { repository: readonly string[]; hasProxy: boolean },
): string {
  const others = spec.participants.filter(({ name }) => name !== spec.name);
  const shown = others.slice(0, maxShownParticipants).map(({ name, kind, role }) => {
    return kind === "human" ? `@${name} (a person, ${role})` : `@${name} (an agent, ${role})`;
  });
  if (others.length > shown.length) shown.push(`${others.length - shown.length} more`);
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

function repositoryFacts(spec: AgentSpec, role: ClaudeCodeRole, repositoriesAt: string | undefined): string[] {
  if (spec.repo === undefined) return [];
  const repository = repositoryToPut(spec, repositoriesAt);
  if (!repository)
    return [
      `Its repository: ${onOneLine(spec.repo)}${branchOf(spec)}. Nobody has put it into your work folder; if it is not there, say so.`,
    ];
  const where = `Its repository: ${repositoryUrl(repository)}${branchOf(spec)}. Your work folder is a clone of it; if it is not, say so.`;
  return [where, canRunGit(role) ? howToPush(spec) : howToRead];
}

/** To the agents that run Git. */
function howToPush(spec: AgentSpec): string {
  const folder = branchFolderOf(spec);
  const branch = `${folder}<topic>`;
  return `Git reaches it and needs no password. Others see of your files what you push: commit, \`git push origin HEAD:${branch}\`, and say the branch when you hand your work over. You can push branches ${folder}… only, and rewrite or delete no others; a person merges them. Where a person has to allow a push, the command waits: give it a timeout of 10 minutes, and if it ends before, run exactly the same push again. What others pushed: \`git fetch\`.`;
}

const howToRead =
  "You cannot run Git. Before each of your turns your clone is brought up to date; the branches parley/… that others pushed lie in .parley/branches/<branch>, and what each changes in .parley/changes/<branch>.diff.";

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
