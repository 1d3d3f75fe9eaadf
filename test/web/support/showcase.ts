import type { AgentRequest } from "../../../src/core/room/agent-request.js";

/** A small feature on its way through a room: planned, coded, reviewed, changed; then three gates wait for a person. */
export const showcaseAgents: AgentRequest[] = [
  {
    name: "planner",
    role: "planner",
    script: [
      {
        match: "readable links",
        stream: true,
        work: [
          { tool: "Grep", input: { pattern: "roomId" }, ms: 60 },
          { tool: "Read", input: { file_path: "src/links.ts" }, ms: 60 },
        ],
        reply: [
          "@room Here is the plan, in three small steps:",
          "",
          "1. `slugOf(name)` makes a slug from a room's name",
          "2. `/r/<slug>` opens a room, old links keep working",
          "3. Two rooms of one name get `-2`, `-3` …",
          "",
          "@coder Please take step 1. Latin letters and digits only, words joined by `-`, at most 40 characters, never empty.",
        ].join("\n"),
      },
      {
        match: "^slugs are in$",
        ask: {
          question: "Should old links redirect to the new ones, or keep showing the room under both?",
          options: ["Redirect", "Both work", "Decide after the release"],
        },
        reply: "@room Settled: {answer}.",
      },
    ],
  },
  {
    name: "coder",
    role: "coder",
    script: [
      {
        from: "planner",
        match: "step 1",
        stream: true,
        work: [
          { tool: "Read", input: { file_path: "src/links.ts" }, ms: 80 },
          { tool: "Write", input: { file_path: "src/slug.ts" }, ms: 80 },
          { tool: "Bash", input: { command: "npx vitest run test/slug.test.ts" }, ms: 120 },
        ],
        reply: [
          "@reviewer REVIEW_REQUEST: `src/slug.ts` with 9 tests. What I am least sure of is the cut at 40 characters.",
          "",
          "```ts",
          "export function slugOf(name: string): string {",
          '  const latin = name.normalize("NFKD").replace(/\\p{M}/gu, "");',
          '  const words = latin.toLowerCase().match(/[a-z0-9]+/g) ?? ["room"];',
          '  return words.join("-").slice(0, 40);',
          "}",
          "```",
        ].join("\n"),
      },
      {
        match: "REVIEW_FEEDBACK",
        work: [
          { tool: "Edit", input: { file_path: "src/slug.ts" }, ms: 80 },
          { tool: "Bash", input: { command: "npx vitest run test/slug.test.ts" }, ms: 100 },
        ],
        reply: [
          "@tester: can you try it on the staging server?",
          "",
          "@reviewer Both points fixed:",
          "",
          "```diff",
          '-  return words.join("-").slice(0, 40);',
          '+  return cutAtWord(words.join("-"), 40);',
          "```",
          "",
          "**11 tests pass.** Please look again.",
          "",
          "@room NOTIFY: slugs are in, the review is under way.",
          "",
          "@planner slugs are in",
        ].join("\n"),
      },
      {
        match: "publish",
        ask: {
          tool: "Bash",
          input: {
            command: 'git push origin feature/slugs\ngh pr create --title "Readable links" --fill',
            description: "Push the branch and open a pull request",
          },
        },
        reply: "@room DONE: the pull request is open.",
      },
    ],
  },
  {
    name: "reviewer",
    role: "reviewer",
    gate: { prefix: ["APPROVED:"] },
    script: [
      {
        match: "REVIEW_REQUEST",
        stream: true,
        work: [
          { tool: "Read", input: { file_path: "src/slug.ts" }, ms: 80 },
          { tool: "Bash", input: { command: "node --test" }, ms: 80 },
        ],
        reply: [
          "@coder REVIEW_FEEDBACK: Good and small. Two points:",
          "",
          "- `slice(0, 40)` can end in the middle of a word, or on a `-`",
          '- `slugOf("Ωμέγα")` gives `room`; say so in the docstring, and test it',
        ].join("\n"),
      },
      {
        match: "look again",
        work: [{ tool: "Bash", input: { command: "npx vitest run" }, ms: 80 }],
        reply: [
          "@room APPROVED: Readable links, step 1.",
          "",
          "I read the change, ran all 214 tests and tried 30 names by hand, among them empty ones, Greek, emoji and 200 characters.",
          "",
          "Not covered: two rooms with one name. That is step 3.",
        ].join("\n"),
      },
    ],
  },
  {
    name: "tracer",
    role: "coder",
    script: [
      {
        match: "slow",
        stream: true,
        work: [
          { tool: "Bash", input: { command: "npm run bench -- --filter open" }, ms: 60 },
          { tool: "Read", input: { file_path: "test/bench/open-room.ts" }, ms: 60 },
        ],
        reply: [
          "The 95th percentile of opening a room is 41 ms, and 33 of them are one read of the registry.",
          "That read is not needed: the room's own head has the name. I try it without, on a branch of my own.",
        ].join("\n"),
        fail: "hang",
      },
    ],
  },
];
