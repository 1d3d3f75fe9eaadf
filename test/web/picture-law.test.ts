import fc from "fast-check";
import { expect, test } from "vitest";
import { applyFrame } from "../../adapters/web/client/room-events.js";
import { openRoom, shownStateOf } from "../../adapters/web/client/room-state.js";
import { type EventOf, type PersonRole, personRoles } from "../../src/core/room/event.js";
import { applyCommit } from "../../src/core/room/fold.js";
import { maySeeHeld } from "../../src/core/room/rights.js";
import { emptyRoom, type Room } from "../../src/core/room/room.js";
import { audienceOf, gateView } from "../../src/core/room/view.js";
import type { RoomEventFrame } from "../../src/protocol/events.js";
import { publicPicture, type RoomPicture } from "../../src/runtime/rooms/picture.js";
import { serveRoomCommit } from "../../src/runtime/rooms/served-commit.js";
import { newStory, play, type Story, steps } from "../support/room-story.js";

const reachability = { isPersonOnline: () => true, whyOffline: () => undefined };

function roomAt({ log }: Story, version: number): Room {
  const room = emptyRoom("r1");
  for (const commit of structuredClone(log)) if (commit.version <= version) applyCommit(room, commit, commit.events);
  return room;
}

function pictureAt(story: Story, version: number, role: PersonRole): RoomPicture {
  const room = roomAt(story, version);
  const events = story.log.flatMap((commit) => commit.events);
  const opened = new Map(
    events.flatMap((event) => (event.type === "gate.opened" ? [[event.gateId, event] as const] : [])),
  );
  const textOf = (gateId: string): EventOf<"gate.opened"> | undefined =>
    maySeeHeld(room, role) ? opened.get(gateId) : undefined;
  const gates = [...room.gates.values()].map((gate) => gateView(gate, textOf(gate.gateId)));
  return { ...publicPicture(room, reachability), gates };
}

function framesOf({ log, room }: Story, role: PersonRole): RoomEventFrame[] {
  const served = log.map((commit) => serveRoomCommit(commit)?.events(audienceOf(room, role)) ?? []);
  return served.flat().map(({ json }) => JSON.parse(json));
}

const shown = ({
  name,
  state,
  gates,
  participants,
}: Pick<RoomPicture, "name" | "state" | "gates" | "participants">) => ({
  name,
  state,
  gates: gates.map(({ gateId, kind, from, body, hash }) => ({ gateId, kind, from, body, hash })),
  people: participants.map((one) => [one.name, one.kind, one.role]).sort(),
});

test("a picture of any version and the events after it show the room as it is, whatever happened in it", () => {
  fc.assert(
    fc.property(steps(80), fc.nat(), fc.constantFrom(...personRoles), (taken, pick, role) => {
      const story = play(newStory(), taken);
      const { version } = story.room;
      const picture = pictureAt(story, 1 + (pick % version), role);
      const opened = openRoom(picture, { version: picture.version, messages: [] }, "mia");
      const page = framesOf(story, role).reduce(applyFrame, opened);
      const onPage = shown({
        ...page,
        state: shownStateOf(page),
        gates: [...page.gates],
        participants: [...page.participants],
      });
      expect(onPage).toEqual(shown(pictureAt(story, version, role)));
      expect([...page.missingGates]).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
