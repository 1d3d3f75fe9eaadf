import { describe, expect, test } from "vitest";
import { problemText } from "../../adapters/web/client/problem-text.js";
import { applyFrame } from "../../adapters/web/client/room-events.js";
import { openRoom } from "../../adapters/web/client/room-state.js";
import {
  areStored,
  filesChosen,
  fileUrl,
  isShownAsImage,
  noUploadItems,
  type UploadList,
  uploadChanged,
  uploadRemoved,
  uploadsToStart,
} from "../../adapters/web/client/uploads.js";
import { sizeText } from "../../src/core/text/size-text.js";
import { frame, message, posted, view } from "./support/room-fixture.js";

const files = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `${at}.txt`, size: at }));
const started = (list: UploadList) =>
  uploadsToStart(list).reduce((next, key) => uploadChanged(next, key, { state: "sending" }), list);

describe("the files of a message in the making", () => {
  test("are sent three at a time, in their order, until all are there", () => {
    let list = started(filesChosen(noUploadItems, files(5), 16));
    expect(list.items.map(({ state }) => state)).toEqual(["sending", "sending", "sending", "waiting", "waiting"]);
    expect([uploadsToStart(list), areStored(list)]).toEqual([[], false]);
    list = uploadChanged(list, 2, { state: "stored" });
    expect(uploadsToStart(list)).toEqual([4]);
    for (const { key } of list.items) list = uploadChanged(list, key, { state: "stored" });
    expect(areStored(list)).toBe(true);
  });

  test("are as many as a message carries", () => {
    const list = filesChosen(filesChosen(noUploadItems, files(10), 16), files(10), 16);
    expect(list.items).toHaveLength(16);
    expect(new Set(list.items.map(({ key }) => key)).size).toBe(16);
    expect(filesChosen(uploadRemoved(list, 3), files(2), 16).items).toHaveLength(16);
  });

  test("stay away once they are removed, also when their upload ends later", () => {
    const list = uploadRemoved(started(filesChosen(noUploadItems, files(2), 16)), 1);
    expect(uploadChanged(list, 1, { state: "stored" }).items.map(({ key }) => key)).toEqual([2]);
  });
});

describe("files of messages", () => {
  const attachments = [{ name: "a.png", bytes: 3, sha256: "a".repeat(64), type: "image/png" }];

  test("come with the picture of the room and with its events", () => {
    const page = { version: 10, messages: [message("m1", 9, { attachments })] };
    const room = applyFrame(openRoom(view, page, "mia"), frame(11, posted("m2", { attachments })));
    expect(room.entries.map((entry) => entry.kind === "message" && entry.files)).toEqual([attachments, attachments]);
    const plain = applyFrame(room, frame(12, posted("m3")));
    expect(plain.entries.at(-1)).not.toHaveProperty("files");
  });

  test("are shown as images by what the server found in them, and have an address that no name can bend", () => {
    expect(isShownAsImage({ type: "image/png" })).toBe(true);
    for (const type of ["image/svg+xml", "text/html", "text/plain", undefined])
      expect(isShownAsImage({ type })).toBe(false);
    expect(fileUrl("r/../x", "../a?b#c")).toBe("/api/rooms/r%2F..%2Fx/files/..%2Fa%3Fb%23c");
  });

  test("have a size for people", () => {
    expect([0, 812, 1_434, 153_600, 12_582_912].map(sizeText)).toEqual(["0 B", "812 B", "1.4 KB", "150 KB", "12 MB"]);
  });

  test("that do not fit are refused in the server's own words", () => {
    expect(problemText({ status: 507, code: "quota", detail: "your files take all" })).toBe("Your files take all.");
  });
});
