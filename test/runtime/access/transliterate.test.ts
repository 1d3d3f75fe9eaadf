import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseName, suggestName } from "../../../src/core/grammar/name.js";
import { nameFrom, wantedName } from "../../../src/runtime/access/transliterate.js";

const legal = /^[a-z][a-z0-9-]{0,31}$/;

describe("nameFrom", () => {
  test.each([
    ["李雷", "li-lei"],
    ["김철수", "gim-cheol-su"],
    ["Zoë Müller", "zoe-muller"],
    ["😀", "guest"],
    ["Мария Иванова", "mariya-ivanova"],
    ["محمد", "mhmd"],
    ["नरेन्द्र मोदी", "nrendr-modi"],
    ["Γιώργος", "giorgos"],
    ["さくら", "sakura"],
    ["スーパー", "supa"],
    ["山田 太郎", "shan-tian-tai-lang"],
    ["Weiß", "weiss"],
    ["Nguyễn Văn Đức", "nguyen-van-duc"],
    ["Łukasz Żółć", "lukasz-zolc"],
    ["Søren Ærø", "soren-aero"],
    ["İpek Işık", "ipek-isik"],
    ["O’Brien", "obrien"],
    ["ﬁona", "fiona"],
    ["𝓜𝓲𝓪", "mia"],
    ["Ｍｉａ", "mia"],
    ["mi\u200Ba", "mia"],
    ["  __mia__ (EU)  ", "mia-eu"],
    ["42 Mia", "mia"],
    ["mia🎉", "mia"],
    ["李雷 Mike 🎉", "li-lei-mike"],
    ["山田 Taro", "shan-tian-taro"],
    ["123", "guest"],
    ["", "guest"],
    ["---", "guest"],
    ["👩\u200d👩", "guest"],
    ["Admin", "admin-2"],
    ["Бот", "bot-2"],
    ["@room", "room-2"],
  ])("%s becomes %s", (displayName, name) => {
    expect(nameFrom(displayName)).toBe(name);
  });

  test.each([
    ["欧阳娜娜".repeat(4), "ou-yang-na-na-ou-yang-na-na-ou"],
    [`${"x".repeat(31)} y`, "x".repeat(31)],
    ["x".repeat(40), "x".repeat(32)],
    [`ab ${"x".repeat(40)}`, `ab-${"x".repeat(29)}`],
  ])("cuts %s at a hyphen where one leaves enough of it", (displayName, name) => {
    expect(nameFrom(displayName)).toBe(name);
  });

  test("names letters without a spelling by their code points", () => {
    expect([nameFrom("ع"), nameFrom("ʼ")]).toEqual(["u639", "u2bc"]);
  });

  test("is a legal name for any text, leaves such a name alone, and suggests a free one", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(text, fc.array(text), (displayName, others) => {
        const name = nameFrom(displayName);
        expect(name).toMatch(legal);
        expect(parseName(name)).toBe(name);
        expect(nameFrom(name)).toBe(name);
        const taken = new Set(others.map(nameFrom));
        const free = suggestName(wantedName(displayName), (candidate) => taken.has(candidate));
        expect(free).toMatch(legal);
        expect(parseName(free)).toBe(free);
        expect(taken.has(free)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test("is never guest if the text has a letter of any script", () => {
    const guests: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const char = String.fromCodePoint(code);
      if (/^\p{L}$/u.test(char) && wantedName(`😀 ${char}`) === "guest") guests.push(char);
    }
    expect(guests).toEqual([]);
  });
});
