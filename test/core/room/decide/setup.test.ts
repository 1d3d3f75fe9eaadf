import { describe, expect, test } from "vitest";
import { parseEvent } from "../../../../src/core/room/parse-event.js";
import { type OfferSetup, SETUP_LIMITS, type SetupItem, setupHash } from "../../../../src/core/room/setup.js";
import type { DecideSetup } from "../../../../src/core/room/setup-command.js";
import { openBytes } from "../../../../src/core/room/size.js";
import { fromSnapshot, toSnapshot } from "../../../../src/core/room/snapshot.js";
import { given, type Scene } from "../../../support/given.js";
import { created, roomOf } from "../../../support/room-builder.js";
import { by } from "../../../support/room-commands.js";
import { sha256 } from "../../../support/sha256.js";

const [, ...people] = roomOf(["coder"]);
const room = given([created({}, { repo: "https://github.com/acme/widgets" }), ...people]);

const item = (kind: string, path: string, text = path): SetupItem => ({
  kind,
  path,
  bytes: text.length,
  sha256: sha256(text),
});
const claude = item("instructions", "CLAUDE.md");
const mcp = item("mcp", ".mcp.json");
const skill = item("skill", ".claude/skills/notes/SKILL.md");
const all = [claude, mcp, skill];

const offer = (items: readonly SetupItem[], fields: Partial<OfferSetup> = {}): OfferSetup => ({
  type: "setup.offer",
  commit: "1f0c2ab9",
  items,
  refused: [],
  ...fields,
});
/** What an owner who saw the latest offer sends. */
const decision =
  (use: readonly string[], fields: Partial<DecideSetup> = {}) =>
  ({ log, room: { setup } }: Scene): DecideSetup => {
    const event = log.flatMap(({ events }) => events).findLast(({ type }) => type === "setup.offered");
    const offered = event?.type === "setup.offered" ? event : undefined;
    return { type: "setup.decide", by: by("mia"), hash: setup?.offered.hash ?? "", use, offered, ...fields };
  };

describe("the set-up of a repository", () => {
  test("is offered once, with a notice that says what it would do and how to decide", () => {
    const outcome = room.when(offer(all));
    outcome.then(
      { type: "setup.offered", hash: setupHash(all, sha256), commit: "1f0c2ab9", items: all },
      { type: "notice.posted", severity: "info" },
    );
    const [, notice] = outcome.events;
    const text = notice?.type === "notice.posted" ? notice.text : "";
    expect(text).toContain("acme/widgets");
    expect(text).toContain("RUN commands inside the agents' containers");
    expect(text).toContain("parley room setup r1");
    outcome.scene.when(offer(all)).then();
    outcome.scene.when(offer(all, { commit: "another" })).then();
  });

  test("has one hash, whatever the order and the commit, and another one for every other byte", () => {
    const hash = setupHash(all, sha256);
    expect(setupHash(all.toReversed(), sha256)).toBe(hash);
    expect(setupHash([claude, mcp, { ...skill, kind: "instructions" }], sha256)).not.toBe(hash);
    expect(setupHash([claude, mcp, { ...skill, path: ".claude/skills/note/SKILL.md" }], sha256)).not.toBe(hash);
    expect(setupHash([claude, mcp, { ...skill, sha256: sha256("other") }], sha256)).not.toBe(hash);
    expect(setupHash([claude, mcp], sha256)).not.toBe(hash);
    const rows = [
      ["skill", ".claude/skills/notes/SKILL.md", 29, skill.sha256],
      ["mcp", ".mcp.json", 9, mcp.sha256],
      ["instructions", "CLAUDE.md", 9, claude.sha256],
    ];
    expect(hash).toBe(sha256(`parley-setup-1\n${JSON.stringify(rows)}`));
  });

  test("is not announced if the repository has no such file, and names what cannot be offered", () => {
    room.when(offer([])).then();
    const outcome = room.when(offer([], { refused: [{ path: "CLAUDE.md", why: "it is a link" }] }));
    outcome.then({ type: "setup.offered" }, { type: "notice.posted" });
    expect(JSON.stringify(outcome.events[1])).toContain("CLAUDE.md (it is a link)");
    given(roomOf()).when(offer(all)).then();
  });

  test("is refused beyond its bounds", () => {
    const many = Array.from({ length: SETUP_LIMITS.maxFiles + 1 }, (_, at) => item("skill", `s${at}`));
    room.when(offer(many)).thenRejected("invalid");
    room.when(offer([{ ...claude, bytes: SETUP_LIMITS.maxBytes + 1 }])).thenRejected("invalid");
  });
});

describe("a decision on a set-up", () => {
  const offered = room.when(offer(all)).scene;

  test("by an owner lets agents use exactly these files", () => {
    const outcome = offered.when(decision(["CLAUDE.md", ".mcp.json"]));
    outcome.then({ type: "setup.decided", used: [claude, mcp], by: "mia" }, { type: "notice.posted" });
    expect(outcome.room.setup?.decided).toMatchObject({ uses: 2 });
    outcome.scene.when(decision(["CLAUDE.md", ".mcp.json"])).then();
    outcome.scene.when(decision([])).then({ type: "setup.decided", used: [] }, { type: "notice.posted" });
  });

  test.each(["ann", "tom", "vic"])("is not a matter of %s, who is not an owner", (name) => {
    offered
      .when(
        decision(
          all.map(({ path }) => path),
          { by: by(name) },
        ),
      )
      .thenRejected("forbidden");
  });

  test.each([
    ["another hash", decision(["CLAUDE.md"], { hash: "0".repeat(64) })],
    ["an offer that is not the one of the hash", decision(["CLAUDE.md"], { offered: undefined })],
    [
      "an offer whose files are not those of its hash",
      (scene: Scene) => {
        const command = decision(["CLAUDE.md"])(scene);
        const items = [{ ...claude, sha256: sha256("swapped") }, mcp, skill];
        return { ...command, offered: command.offered && { ...command.offered, items } };
      },
    ],
  ])("with %s changes nothing", (_, command) => {
    offered.when(command).thenRejected("setup_changed");
  });

  test("with the hash of an earlier offer changes nothing", () => {
    const old = offered.room.setup?.offered.hash ?? "";
    offered.when(offer([claude]), decision(["CLAUDE.md"], { hash: old })).thenRejected("setup_changed");
  });

  test("where nothing was offered, or about a file that is not in it, is refused", () => {
    room.when(decision([])).thenRejected("setup_changed");
    offered.when(decision(["README.md"])).thenRejected("invalid");
  });

  test("stays in force when the files change, until the next decision", () => {
    const accepted = offered.when(decision(["CLAUDE.md"])).scene;
    const before = accepted.room.setup?.decided;
    const changed = accepted.when(offer([item("instructions", "CLAUDE.md", "other words")]));
    changed.then({ type: "setup.offered" }, { type: "notice.posted" });
    expect(JSON.stringify(changed.events[1])).toContain("stays in use until then");
    expect(changed.room.setup?.decided).toEqual(before);
    expect(changed.scene.when(decision([])).room.setup?.decided).toMatchObject({ uses: 0 });
    // The files that were decided on are back: nobody is asked again.
    changed.scene.when(offer(all)).then({ type: "setup.offered" });
    const gone = accepted.when(offer([]));
    expect(JSON.stringify(gone.events[1])).toContain("has no set-up for agents any more");
    expect(gone.room.setup?.decided).toEqual(before);
  });

  test("is kept by a snapshot, within what the room counts for it", () => {
    const after = offered.when(decision(["CLAUDE.md"])).room;
    const snapshot = toSnapshot(after);
    expect(fromSnapshot("r1", JSON.parse(JSON.stringify(snapshot.state)))).toEqual(after);
    const grown = JSON.stringify(snapshot.state).length - JSON.stringify(toSnapshot(room.room).state).length;
    expect(openBytes(after) - openBytes(room.room)).toBeGreaterThan(grown);
  });

  test("with a kind of a later version is readable", () => {
    const event = { type: "setup.decided", hash: "a", usedHash: "b", by: "mia", used: [item("subagent", "x")] };
    expect(parseEvent(event)).toMatchObject({ kind: "known" });
  });
});
