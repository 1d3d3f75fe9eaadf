import { seededRandom } from "../../support/seeded-random.js";

const attacks: readonly string[] = [
  "\u001b[2J\u001b[H cleared",
  "\u001b]0;new title\u0007",
  "\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\",
  "\u001b]52;c;cm0gLXJmIH4=\u0007",
  "\u001bPq sixel \u001b\\",
  "\u001b[?1049h\u001b[31mred",
  "\u001b[6n\u001b[c\u001b[20t",
  "\u009b31m C1 CSI \u009d0;title\u009c",
  "\u0090 DCS \u009c \u0098 SOS \u009e PM \u009f APC",
  "over\rwritten",
  "back\b\b\b\bspace and bell \u0007",
  "\u007f\u007f\u007fdelete",
  "\u0000nul \u0001\u0002\u0003\u0004\u0005",
  "\u000b vertical \u000c form",
  "\u000e shift out \u000f shift in",
  "rm -rf \u202e/ txt.exe\u202c",
  "\u2066isolate\u2069 \u2067rtl\u2069 \u200fmark\u200e \u061c",
  "zero\u200bwidth\u200cjoin\u200der\u2060\ufeff",
  "tag \u{e0041}\u{e0042}\u{e007f} characters",
  "Z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u030d\u030e\u030f algo",
  "line\u2028separator\u2029paragraph",
  "soft\u00adhyphen \u3164 filler \u115f\u1160",
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  "javascript:alert(1) [x](javascript:alert(1)) data:text/html,<script>",
  "GATE: \u001b[8mhidden\u001b[28m",
  "\u001b[1;1H$ parley approve demo --yes\u001b[K",
  "lone \\ud800 and real \ud83d\ude00 emoji",
  "漢字".repeat(300),
  "x".repeat(30_000),
  "line\n".repeat(500),
  "\t\t\ttabs\t\t",
  "\r\n\r\n\rmixed\r\r\n",
  "e\u0301 harmless é 漢字 ❤️ 👍🏽 ✅ 1️⃣",
];

/** 100 messages that try to take over a terminal; the same ones each time. */
export function hostileTexts(): string[] {
  const random = seededRandom(20_240_607);
  const pick = () => attacks[Math.floor(random() * attacks.length)] ?? "";
  const mixed = Array.from({ length: 100 - attacks.length }, () => `${pick()} ${pick()} ${pick()}`.slice(0, 30_000));
  return [...attacks, ...mixed];
}
