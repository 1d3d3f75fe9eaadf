import { ProblemError } from "../../client/errors.js";
import type { Api } from "../../client/http.js";
import type { AgentBody } from "../../protocol/agents.js";
import type { CreateRoomBody, RoomSummary } from "../../protocol/rooms.js";
import { askYes, canAsk } from "../ask.js";
import type { ArgumentSpec, CliCommand, Context, Typed } from "../command.js";
import { RefusedError, UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { readJson } from "../input.js";
import { userNameOf } from "../join-as-owner.js";
import { policyChange, policyOptions } from "../policy-options.js";
import { dim, strong, styled } from "../screen.js";
import { connectToServer } from "../server.js";
import { printRoom } from "../show-room.js";
import { keepToken } from "../token-file.js";
import { safeJson } from "../visible.js";
import { counted } from "../words.js";

export const roomArgument: ArgumentSpec = { name: "room", help: "id or name of the room" };

const roomNew: CliCommand = {
  path: ["room", "new"],
  summary: "make a room",
  details:
    "The owner's token is kept for the commands to come, so you speak as the owner. Codes with which others join are printed.",
  arguments: [{ name: "name", help: "what the room is called" }],
  options: {
    owner: { help: "name of the owner (default: this user's)", value: "<name>" },
    agent: { help: "an agent to begin with, by name, or name:role", value: "<name[:role]>", many: true },
    agents: { help: "JSON file with a list of agents, with scripts and prompts", value: "<file>" },
    ...policyOptions,
    policy: { help: "JSON file with the room's policy", value: "<file>" },
    repo: {
      help: "repository the agents work on: https://host/owner/name, or owner/name of github.com",
      value: "<url>",
    },
    branch: { help: "branch they begin with (default the repository's own)", value: "<branch>" },
    "show-token": { help: "print the owner's token" },
  },
  examples: [
    "parley room new demo --agent coder --agent reviewer",
    "parley room new payments --owner mia --agent planner:planner --gate always",
    "parley room new app --agent coder --egress packages.example.com",
    "parley room new demo --agents agents.json --policy policy.json --json",
  ],
  run: runNew,
};

async function runNew(context: Context, typed: Typed): Promise<undefined> {
  const asked = await newRoomBody(context, typed);
  const api = await connectToServer(context);
  const owner = typed.text("owner") ?? (await api.call("deriveName", { query: { from: userNameOf(context) } })).name;
  const body = { ...asked, owner };
  const namesakes = await openRoomsCalled(api, body.name);
  const room = await api.call("createRoom", { body, idempotencyKey: context.randomId() });
  const { roomId, name, token, invites } = room;
  const kept = await keepToken(context.env, {
    url: api.url,
    roomId,
    roomName: name,
    name: owner,
    role: "owner",
    token,
  });
  const { token: _token, ...shown } = room;
  if (context.json) {
    context.screen.json(safeJson(typed.isOn("show-token") ? room : shown));
    return;
  }
  const { screen } = context;
  screen.line(["Room ", strong(name), ` (${roomId}) is there.`]);
  for (const [role, code] of Object.entries(invites))
    screen.line(["Invite as ", role.padEnd(9), strong(code)], { indent: 2 });
  screen.line(dim(`Whoever has a code opens ${api.url}/#<code> in a browser.`), { indent: 2 });
  if (typed.isOn("show-token")) screen.line(`Token of ${owner}: ${token}`, { indent: 2 });
  screen.line(
    kept === undefined
      ? "There is no home folder to keep the owner's token in; use --show-token to see it."
      : `You are ${owner} (owner) in it; the token is kept in ${kept}.`,
  );
  if (namesakes.length > 0)
    screen.note(
      styled(
        "warn",
        `${counted(namesakes.length + 1, "open room")} are called “${name}” now. Name them by their ids: ${[...namesakes, roomId].join(", ")}. parley room set <id> --name <name> gives one another name.`,
      ),
    );
  screen.line(dim(`Next: parley watch ${roomId}`));
}

/** Ids of open rooms of that name; none where this token may not list rooms. */
async function openRoomsCalled(api: Api, name: string): Promise<string[]> {
  const { rooms } = await api.call("listRooms", {}).catch((error: unknown) => {
    if (error instanceof ProblemError) return { rooms: [] };
    throw error;
  });
  return rooms.filter((room) => room.name === name && room.state !== "closed").map(({ roomId }) => roomId);
}

async function newRoomBody(context: Context, typed: Typed): Promise<CreateRoomBody> {
  const agents = typed.texts("agent").map(agentOf);
  const file = typed.text("agents");
  const listed = file === undefined ? [] : await readJson(context, file);
  if (!Array.isArray(listed)) throw new UsageError(`${file} must hold a list of agents: [{"name": "coder"}, …].`);
  const [repo, branch] = [typed.text("repo"), typed.text("branch")];
  const policy = (await policyChange(context, typed))?.({});
  // The server checks what the file lists.
  const all = [...agents, ...(listed as AgentBody[])];
  return {
    name: typed.argument("name"),
    ...(all.length > 0 && { agents: all }),
    ...(policy && { policy }),
    ...(repo !== undefined && { repo }),
    ...(branch !== undefined && { branch }),
  };
}

function agentOf(text: string): AgentBody {
  const [name = "", role, ...more] = text.split(":");
  if (name === "" || role === "" || more.length > 0)
    throw new UsageError(`--agent is “${text}”; expected name or name:role.`);
  return { name, ...(role !== undefined && { role }) };
}

const roomList: CliCommand = {
  path: ["room", "list"],
  summary: "all rooms of this server",
  arguments: [],
  options: {},
  examples: ["parley room list", "parley room list --json"],
  async run(context) {
    const api = await connectToServer(context);
    const answer = await api.call("listRooms", {});
    if (context.json) context.screen.json(safeJson(answer));
    else printList(context, answer.rooms);
    return undefined;
  },
};

function printList({ screen }: Context, rooms: readonly RoomSummary[]): void {
  if (rooms.length === 0) screen.line("There are no rooms yet. Make one with parley room new <name>.");
  for (const { roomId, name, state, version, openGates } of rooms) {
    const waiting =
      openGates > 0 ? [styled("gate", `  ${screen.symbols.gate} ${counted(openGates, "gate")} open`)] : [];
    screen.line([`${roomId}  `, strong(name), dim(`  ${state}, version ${version}`), ...waiting], { hang: 12 });
  }
}

const roomShow: CliCommand = {
  path: ["room", "show"],
  summary: "who is in a room, what they do, what waits",
  arguments: [roomArgument],
  options: {},
  examples: ["parley room show demo", "parley room show demo --json | jq .participants"],
  async run(context, typed) {
    const { api, roomId } = await findRoom(context, typed.argument("room"), { reads: true });
    const room = await api.call("getRoom", { parts: { id: roomId } });
    if (context.json) context.screen.json(safeJson(room));
    else printRoom(context.screen, room, context.now());
    return undefined;
  },
};

const roomSet: CliCommand = {
  path: ["room", "set"],
  summary: "change a room's name or rules",
  arguments: [roomArgument],
  options: {
    name: { help: "its new name", value: "<name>" },
    ...policyOptions,
    "no-egress": { help: "take a host off that list; open connections to it are cut", value: "<host>", many: true },
    "no-provider-access": { help: "take a thing off that list", value: "<what>", many: true },
    policy: { help: "JSON file with the whole policy", value: "<file>" },
  },
  examples: [
    "parley room set demo --gate always",
    "parley room set demo --egress packages.example.com --egress pypi.org --egress files.pythonhosted.org",
    "parley room set demo --name launch",
  ],
  async run(context, typed) {
    const name = typed.text("name");
    const change = await policyChange(context, typed);
    if (name === undefined && !change)
      throw new UsageError(
        "room set needs --name, --gate, --egress, --no-egress, --provider-access, --no-provider-access, --keep-thinking or --policy.",
      );
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const policy = change?.((await api.call("getRoom", { parts: { id: roomId } })).policy);
    const body = { ...(name !== undefined && { name }), ...(policy && { policy }) };
    const answer = await api.call("configureRoom", { parts: { id: roomId }, body });
    done(context, answer, "The room's settings are changed.");
    return undefined;
  },
};

function steering(verb: "close" | "pause" | "resume" | "stop", summary: string, said: string): CliCommand {
  return {
    path: ["room", verb],
    summary,
    arguments: [roomArgument],
    options: {},
    examples: [`parley room ${verb} demo`],
    async run(context, typed) {
      const { api, roomId, name } = await findRoom(context, typed.argument("room"));
      const answer = await api.call(`${verb}Room`, { parts: { id: roomId } });
      done(context, answer, `${name}: ${said}`);
      return undefined;
    },
  };
}

const roomPurge: CliCommand = {
  path: ["room", "purge"],
  summary: "delete what the agents of a closed room have on disk",
  details:
    "Their homes, their work folders and the files people sent them are gone for good. What was said stays, and can still be read and exported. An open room is refused.",
  arguments: [roomArgument],
  options: { yes: { help: "do not ask" } },
  examples: ["parley room purge demo", "parley room purge demo --yes"],
  async run(context, typed) {
    const isSure = typed.isOn("yes");
    if (!isSure && !canAsk(context))
      throw new UsageError(
        "Nobody can be asked here (this is not a terminal), so --yes is needed. Nothing was deleted.",
      );
    const { api, roomId, name } = await findRoom(context, typed.argument("room"));
    const question = `Delete the homes and work folders of all agents of ${name} (${roomId}) for good?`;
    if (!isSure && !(await askYes(context, question))) throw new RefusedError("Nothing was deleted.");
    const answer = await api.call("purgeRoom", { parts: { id: roomId } });
    const { homes } = answer;
    const here =
      homes === 0 ? "no home of its agents was on the server's machine" : `${counted(homes, "home")} deleted`;
    done(context, answer, `${name}: ${here}. What other machines have of it goes within an hour.`);
    return undefined;
  },
};

/** The answer as JSON, or a sentence. */
export function done(context: Context, answer: object, sentence: string): void {
  if (context.json) context.screen.json(safeJson(answer));
  else context.screen.line(sentence);
}

export const roomCommands: readonly CliCommand[] = [
  roomNew,
  roomList,
  roomShow,
  roomSet,
  steering(
    "pause",
    "let messages wait; no agent starts",
    "paused. Messages are taken and wait; parley room resume lets it go on.",
  ),
  steering("resume", "let a paused room go on", "it goes on."),
  steering(
    "stop",
    "stop every agent now",
    "every agent was stopped and what waited for them expired. The next message starts them again.",
  ),
  steering(
    "close",
    "end a room for good",
    "closed. It can still be read and exported; parley room purge deletes what its agents have on disk.",
  ),
  roomPurge,
];
