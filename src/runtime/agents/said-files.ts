import { parseDirectives } from "../../core/grammar/directive.js";
import type { CommandOf } from "../../core/room/command.js";
import type { Decision } from "../../core/room/decide/decision.js";
import { namesOfRoom } from "../../core/room/decide/post.js";
import { maxAttachments } from "../../core/room/limits.js";
import type { ReadFile } from "../../core/room/read-file.js";
import type { ReadWorkFiles } from "../../ports/agent-files.js";
import type { RoomService } from "../rooms/service.js";

/** Files of one text that are read, at most. */
const maxFilesOfText = 64;

type Say = CommandOf<"turn.say">;

/** Hands a text of an agent to its room with the files that its `ATTACH:` lines name, as they are now. */
export function createSayWithFiles(options: {
  roomId: string;
  rooms: Pick<RoomService, "peek">;
  submit: (command: Say) => Promise<Decision>;
  /** Absent: files cannot be attached here. */
  readFiles?: ReadWorkFiles | undefined;
}): (say: Say) => Promise<Decision> {
  const { roomId, rooms, submit, readFiles } = options;

  async function pathsIn(text: string): Promise<string[]> {
    const known = await rooms.peek(roomId, namesOfRoom);
    const directives = known ? parseDirectives(text, known) : [];
    // A message of too many files bounces anyway.
    const lists = directives.map(({ attach = [] }) => attach).filter((paths) => paths.length <= maxAttachments);
    return [...new Set(lists.flat())].slice(0, maxFilesOfText);
  }

  return async function sayWithFiles(say) {
    const paths = readFiles && say.text.includes("ATTACH:") ? await pathsIn(say.text) : [];
    if (!readFiles || paths.length === 0) return submit(say);
    const files = await readFiles({ roomId, name: say.agent }, paths);
    const decision = await submit({ ...say, files });
    // While a process of the fleet does not know files of held messages, none goes out unseen: its message bounces.
    const isTooNew = decision.kind === "rejected" && decision.rejection.code === "format_not_raised";
    return isTooNew ? submit({ ...say, files: paths.map(notYet) }) : decision;
  };
}

function notYet(path: string): ReadFile {
  return { path, problem: "not every process of this Parley knows files of held messages yet" };
}
