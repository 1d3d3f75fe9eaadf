import { type ResolveAgent, type ResolveSettings, withInitial } from "../../../core/room/agent-request.js";
import type { Command } from "../../../core/room/command.js";
import { openInvites } from "../../../core/room/open-invites.js";
import type { Rejection } from "../../../core/room/rejection.js";
import type { Actor } from "../../../core/room/rights.js";
import { presentAgent } from "../../../core/room/room.js";
import type { NewRoomOptions } from "../../../core/values/as-typed.js";
import { type ChatCommand, chatHelp, parseChatCommand } from "../../../core/values/chat-command.js";
import type { Chat } from "../../../ports/chat.js";
import type { Inbound } from "../../../ports/chat-inbound.js";
import type { Clock } from "../../../ports/clock.js";
import type { Ids } from "../../../ports/ids.js";
import type { Invites } from "../../access/invites.js";
import type { OneTimeCodes } from "../../access/one-time-codes.js";
import { type RoomPicture, roomPicture } from "../../rooms/picture.js";
import type { RoomService } from "../../rooms/service.js";
import { type ChatFleet, reachabilityIn } from "../outbound/lease.js";
import { describeGates, describePeople, describeRoom, describeRooms, describeUsage } from "./describe.js";
import type { FindRoom } from "./find-room.js";
import type { Received } from "./inbox.js";
import { type Commanded, nothing, say } from "./messages.js";
import type { OpenRooms } from "./open-rooms.js";
import type { People } from "./people.js";
import { changedPolicy, policyChangeOf, policyProblem } from "./policy-change.js";

export interface CommandsOptions {
  chats: ReadonlyMap<string, Chat>;
  rooms: RoomService;
  people: People;
  findRoom: FindRoom;
  openRooms: OpenRooms;
  resolveAgent: ResolveAgent;
  resolveSettings: ResolveSettings;
  ids: Ids;
  invites: Invites;
  clock: Clock;
  oneTimeCodes: OneTimeCodes;
  urlOf: (roomId: string) => string | undefined;
  /** The page with a code in its fragment; undefined where the page has no address. */
  codeUrl: (code: string) => string | undefined;
  fleet?: ChatFleet;
}

export interface Commands {
  /** `isReplay`: the command was received before a crash, so no caller waits for the answer. */
  run(received: Received, text: string, options: { isReplay: boolean }): Promise<Commanded>;
  /** A command from a button, which names its room. */
  inRoom(from: Inbound, roomId: string, text: string): Promise<Commanded>;
}

export function createCommands(options: CommandsOptions): Commands {
  const { openRooms, findRoom, chats } = options;
  const act = createAct(options);

  function prefixFor({ platform, thread }: Inbound): string {
    return thread !== undefined && !chats.get(platform)?.supports.commandsInThreads ? "@Parley" : "/room";
  }

  async function run(received: Received, text: string, { isReplay }: { isReplay: boolean }): Promise<Commanded> {
    const { inbound: from } = received;
    const prefix = prefixFor(from);
    const parsed = parseChatCommand(text, prefix);
    if (parsed.kind === "problem") return say(parsed.detail);
    const { command } = parsed;
    switch (command.verb) {
      case "help":
        return say(chatHelp(prefix));
      case "list":
        return say(describeRooms(await findRoom.visible(from), prefix));
      case "find": {
        const words = command.words.toLowerCase().split(/\s+/);
        const visible = await findRoom.visible(from);
        const fitting = visible.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
        return say(fitting.length > 0 ? describeRooms(fitting, prefix) : "No room here has a name with these words.");
      }
      case "new":
        return openRooms.create(from, command, { isReplay });
      case "attach":
        return openRooms.attach(received, command.target);
      default: {
        // Do not create a code that can no longer be shown.
        if ((command.verb === "invite" || command.verb === "open") && isReplay) return nothing;
        const found = await findRoom.meant(from, command.room);
        return found.kind === "problem" ? say(found.detail) : act(from, found.roomId, command);
      }
    }
  }

  async function inRoom(from: Inbound, roomId: string, text: string): Promise<Commanded> {
    const parsed = parseChatCommand(text, prefixFor(from));
    if (parsed.kind === "problem") return say(parsed.detail);
    const { command } = parsed;
    switch (command.verb) {
      case "new":
      case "attach":
      case "list":
      case "find":
      case "help":
        return say("This cannot be done with a button.");
      default:
        return act(from, roomId, command);
    }
  }

  return { run, inRoom };
}

/** A command about one room: what it shows to everybody, and what a participant changes. */
function createAct(options: CommandsOptions) {
  const { rooms, people } = options;
  const change = createChange(options);
  const link = createLink(options);

  /** Only the card shows held text, so a thread shows what everybody in the room may see. */
  async function describe(roomId: string, inWords: (picture: RoomPicture) => string): Promise<Commanded> {
    const picture = await roomPicture(rooms, { roomId, role: "viewer", reachability: reachabilityIn(options.fleet) });
    return say(picture ? inWords(picture) : "There is no such room any more.");
  }

  return async function act(
    from: Inbound,
    roomId: string,
    command: Exclude<ChatCommand, { verb: "new" | "attach" | "list" | "find" | "help" }>,
  ): Promise<Commanded> {
    const url = options.urlOf(roomId);
    switch (command.verb) {
      case "show":
        return describe(roomId, (picture) => describeRoom(picture, url));
      case "who":
        return describe(roomId, describePeople);
      case "usage":
        return describe(roomId, describeUsage);
      case "gates":
        return describe(roomId, (picture) => describeGates(picture, url));
      default: {
        const name = await people.known(roomId, from);
        if (name === undefined) return say(await rooms.peek(roomId, ({ name: room }) => stranger(room)));
        if (command.verb === "open") return link(roomId, name);
        return change(from, { roomId, by: { kind: "person", name }, command });
      }
    }
  };
}

/** What a participant changes in a room. */
function createChange(options: CommandsOptions) {
  const { rooms, openRooms } = options;

  async function execute(roomId: string, command: Command, done: string): Promise<Commanded> {
    const executed = await rooms.execute(roomId, command);
    if (executed.kind === "rejected") return say(`Nothing was done: ${inWords(executed.rejection)}.`);
    return { ...say(done), isDone: true };
  }

  async function set(
    roomId: string,
    by: Actor,
    { name, setting }: Extract<ChatCommand, { verb: "set" }>,
  ): Promise<Commanded> {
    const agent = await rooms.peek(roomId, (room) => ({ ...presentAgent(room, name) }), { fresh: true });
    const resolved =
      agent.runtime === undefined ? undefined : options.resolveSettings(agent.runtime, { role: undefined, ...setting });
    if (resolved?.kind === "issues") return say(`Nothing was changed: ${resolved.issues[0]?.message ?? "unknown"}.`);
    const { kind: _kind, ...known } = resolved ?? { kind: "ok" };
    const isNow = "gate" in setting || "budget" in setting;
    const text = `${name} is changed; it holds ${isNow ? "now" : "from its next turn on"}.`;
    // A budget replaces all limits: those that were not typed stay.
    const budget = "budget" in setting && { budget: { ...agent.budget, ...setting.budget } };
    return execute(roomId, { type: "agent.configure", by, name, ...setting, ...known, ...budget }, text);
  }

  async function add(
    roomId: string,
    by: Actor,
    { agent: asked, message }: Extract<ChatCommand, { verb: "add" }>,
  ): Promise<Commanded> {
    const resolved = options.resolveAgent(asked);
    if (resolved.kind === "issues") return say(`Nobody was added: ${resolved.issues[0]?.message ?? "unknown role"}.`);
    const agent = withInitial(resolved.agent, { body: message, messageId: options.ids.next() });
    return execute(roomId, { type: "agent.add", by, agent }, `${agent.name} joins as ${agent.role}.`);
  }

  async function remove(roomId: string, by: Actor, name: string): Promise<Commanded> {
    const kind = await rooms.peek(roomId, (room) => room.participants.get(name)?.kind, { fresh: true });
    const type = kind === "human" ? "person.remove" : "agent.remove";
    const done = await execute(roomId, { type, by, name }, `${name} leaves.`);
    if (kind !== "human" || done.isDone !== true) return done;
    const open = await rooms.peek(roomId, (room) => openInvites(room, options.clock.nowMs()).length, { fresh: true });
    if (open === 0) return done;
    return { ...say(`${name} leaves, and every code they made ends. ${openCodes(open)}`), isDone: true };
  }

  return async function change(
    from: Inbound,
    {
      roomId,
      by,
      command,
    }: {
      roomId: string;
      by: Extract<Actor, { kind: "person" }>;
      command: Exclude<
        ChatCommand,
        { verb: "new" | "attach" | "list" | "find" | "help" | "show" | "open" | "who" | "gates" | "usage" }
      >;
    },
  ): Promise<Commanded> {
    switch (command.verb) {
      case "pause":
        return execute(roomId, { type: "room.pause", by }, "Paused: agents finish what they do and start nothing new.");
      case "resume":
        return execute(roomId, { type: "room.resume", by }, "Resumed.");
      case "stop":
        return execute(
          roomId,
          { type: "room.stop", by },
          "Stopped: no agent works; the next message starts them again.",
        );
      case "close":
        return execute(roomId, { type: "room.close", by }, "Closed. The room can still be read in the browser.");
      case "detach":
        return openRooms.detach(from, roomId, by);
      case "add":
        return add(roomId, by, command);
      case "set":
        return set(roomId, by, command);
      case "fresh": {
        const { name } = command;
        const text = `${name} begins a new conversation with its next message. \`/room retry\` delivers again what failed.`;
        return execute(roomId, { type: "agent.fresh", by, name }, text);
      }
      case "retry": {
        const agent = command.name === undefined ? {} : { agent: command.name };
        return execute(roomId, { type: "message.retry", by, ...agent }, "What failed last is delivered again.");
      }
      case "interrupt": {
        const { name } = command;
        return execute(roomId, { type: "agent.interrupt", by, name }, `${name} stops what it does.`);
      }
      case "remove":
        return remove(roomId, by, command.name);
      case "rules":
        return configure(rooms, { roomId, by, asked: command.options });
      case "invite": {
        const { code, invite } = options.invites.mint(roomId, { role: command.role });
        const url = options.codeUrl(code);
        const inBrowser = url === undefined ? "" : `\nIn the browser: ${url}`;
        const text = `A code for one room, as ${command.role}, good for 7 days: \`${code}\`${inBrowser}\nIn another channel: \`/room attach ${code}\``;
        return { ...(await execute(roomId, { type: "invite.create", by, invite }, text)), isDone: false };
      }
    }
  };
}

/** Changes the name or the rules of a room; rules that are not named stay. */
async function configure(
  rooms: RoomService,
  { roomId, by, asked }: { roomId: string; by: Actor; asked: NewRoomOptions },
): Promise<Commanded> {
  const before = await rooms.peek(roomId, (room) => room.policy, { fresh: true });
  const policy = changedPolicy(before, asked);
  const wrong = policyProblem(policy);
  if (wrong !== undefined) return say(`Nothing was changed: ${wrong}.`);
  const hasRules = Object.keys(policyChangeOf(asked)).length > 0;
  const { name } = asked;
  const change = { ...(name !== undefined && { name }), ...(hasRules && { policy }) };
  const executed = await rooms.execute(roomId, { type: "room.configure", by, ...change });
  if (executed.kind === "rejected") return say(`Nothing was done: ${inWords(executed.rejection)}.`);
  return { ...say("The room's settings are changed."), isDone: true };
}

/** Makes links that sign one person in, once. A link stands for the person, so only a private answer may hold it. */
function createLink({ rooms, oneTimeCodes, codeUrl }: CommandsOptions) {
  return async function link(roomId: string, name: string): Promise<Commanded> {
    if (codeUrl("") === undefined)
      return say("The page has no address that others can reach: the operator sets PARLEY_PUBLIC_URL.");
    const joinedVersion = await rooms.peek(roomId, (room) => room.participants.get(name)?.joinedVersion, {
      fresh: true,
    });
    if (joinedVersion === undefined) return say("Nothing was done: you are not in this room any more.");
    const url = codeUrl(await oneTimeCodes.issue({ roomId, name, joinedVersion }));
    return say(
      `Open the room in a browser as ${name}: ${url}\nThe link is for you alone and works once, for 15 minutes.`,
    );
  };
}

function inWords(rejection: Rejection): string {
  return rejection.detail.replace(/\.$/, "");
}

function stranger(room: string): string {
  return `Nothing was done: you are not in the room ${room}. Write in its thread to come in as a member; the owner gives more rights with an invite.`;
}

function openCodes(count: number): string {
  const codes = count === 1 ? "One invite code of this room is" : `${count} invite codes of this room are`;
  return `${codes} still open, and they may know it; \`parley invite list\` names them.`;
}
