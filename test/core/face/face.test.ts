import { describe, expect, test } from "vitest";
import { coloursAt, groundCount, type Rgb } from "../../../src/core/face/colours.js";
import { drawFace, faceSize, type IndexedImage, plainFaces } from "../../../src/core/face/draw.js";
import { faceOf, facePath, parseFaceFile } from "../../../src/core/face/face.js";
import { glyphOf } from "../../../src/core/face/glyphs.js";
import { initialsOf } from "../../../src/core/face/initials.js";
import { LIMITS } from "../../../src/core/room/limits.js";
import { fromSnapshot, toSnapshot } from "../../../src/core/room/snapshot.js";
import { given } from "../../support/given.js";
import { agent, created, person } from "../../support/room-builder.js";

const colourOf = ({ palette, pixels }: IndexedImage, at: number): Rgb => palette[pixels[at] ?? 0] ?? [0, 0, 0];

/** Share of the pixels that differ by more than people overlook, inside the circle that platforms may cut. */
function differingShare(a: IndexedImage, b: IndexedImage): number {
  let seen = 0;
  let differing = 0;
  for (let at = 0; at < a.pixels.length; at += 1) {
    const [x, y] = [at % faceSize, Math.floor(at / faceSize)];
    if (Math.hypot(x - 64, y - 64) > 64) continue;
    seen += 1;
    const [one, other] = [colourOf(a, at), colourOf(b, at)];
    const far = Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
    if (far > 24) differing += 1;
  }
  return differing / seen;
}

/** Relative luminance (WCAG 2.2). */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return (high + 0.05) / (low + 0.05);
}

describe("the face of an agent", () => {
  test("has a place of its own in its room, which leaving and coming back do not change", () => {
    const names = ["coder", "tester", "designer", "coder-2"];
    const { room } = given([created(), person("mia"), ...names.map((name) => agent(name))])
      .and({ type: "participant.left", name: "tester" })
      .and(agent("writer"))
      .and(agent("tester"));
    const places = [...names, "writer"].map((name) => faceOf(room, name)?.place);
    expect(places).toEqual([0, 1, 2, 3, 4]);
    expect(faceOf(room, "coder-2")?.initials).toBe("C2");
    expect([faceOf(room, "mia"), faceOf(room, "nobody")]).toEqual([undefined, undefined]);
  });

  test("is the same from a snapshot", () => {
    const names = ["zed", "coder", "abe"];
    const { room } = given([created(), ...names.map((name) => agent(name))])
      .and({ type: "participant.left", name: "zed" })
      .and(agent("zed"));
    const again = fromSnapshot("r1", JSON.parse(JSON.stringify(toSnapshot(room).state)));
    expect(names.map((name) => faceOf(again, name))).toEqual(names.map((name) => faceOf(room, name)));
  });

  test("has a path that tells a number and initials alone, and is read back", () => {
    const face = { place: 17, initials: "TE" };
    expect(facePath(face)).toBe("/faces/1-17-TE.png");
    expect(parseFaceFile("1-17-TE.png")).toEqual(face);
  });

  test.each(["", "1-17-TE", "2-17-TE.png", "1-017-TE.png", "1-500-TE.png", "1-1-te.png", "1-1-TES.png", "1--1-A.png"])(
    "does not read %j as one",
    (file) => {
      expect(parseFaceFile(file)).toBeUndefined();
    },
  );
});

describe("the picture of a face", () => {
  test("differs clearly for any two of sixty agents with the same initials", () => {
    const pictures = Array.from({ length: plainFaces }, (_, place) => drawFace({ place, initials: "CO" }));
    expect(pictures.length).toBeGreaterThanOrEqual(60);
    let least = 1;
    for (const [at, picture] of pictures.entries())
      for (const other of pictures.slice(at + 1)) least = Math.min(least, differingShare(picture, other));
    expect(least).toBeGreaterThan(0.08);
  });

  test("is another for each of as many agents as a room can have", () => {
    const drawn = Array.from({ length: LIMITS.maxParticipants }, (_, place) => {
      const { palette, pixels } = drawFace({ place, initials: "CO" });
      return `${palette.flat().join()} ${Buffer.from(pixels).toString("base64")}`;
    });
    expect(new Set(drawn).size).toBe(LIMITS.maxParticipants);
  });

  test("has letters with a contrast of at least 4.5 on everything behind them", () => {
    for (let place = 0; place < groundCount; place += 1) {
      const { ground, tone, ink } = coloursAt(place);
      expect([place, contrast(ink, ground) >= 4.5, contrast(ink, tone) >= 4.5]).toEqual([place, true, true]);
    }
  });

  test("shows every letter and digit, each in its own way and inside the circle", () => {
    const looks = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"].map((char) => {
      expect(glyphOf(char).width, char).toBeGreaterThan(0);
      const picture = drawFace({ place: 0, initials: `${char}${char}` });
      const outside = picture.pixels.findIndex(
        (colour, at) => colour > 0 && Math.hypot((at % faceSize) - 64, Math.floor(at / faceSize) - 64) > 62,
      );
      expect([char, outside]).toEqual([char, -1]);
      return Buffer.from(picture.pixels).toString("base64");
    });
    expect(new Set(looks).size).toBe(36);
  });

  test("has initials for every name that an agent can have", () => {
    for (const name of ["a", "coder", "code-reviewer", "x-1", "b-", "a--b", `z${"9".repeat(31)}`])
      expect(parseFaceFile(`1-0-${initialsOf(name).toUpperCase()}.png`), name).toBeDefined();
  });
});
