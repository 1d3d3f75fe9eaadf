import { expect, test } from "vitest";
import { gateHash, type HashedGate, hashVersionOf } from "../../../src/core/room/gate.js";
import { sha256 } from "../../support/sha256.js";

const text: HashedGate = {
  gateId: "g-o1.0.0",
  kind: "message",
  from: "coder",
  to: ["mia"],
  body: "Done: it works",
};
const question: HashedGate = {
  gateId: "a-t1-0123456789ab",
  kind: "question",
  from: "coder",
  body: "Which format?",
  options: [{ label: "json" }, { label: "text", description: "for people" }],
};
const content: HashedGate["content"] = {
  v: 2,
  questions: [
    {
      id: "q1",
      text: "Which format?",
      options: [{ label: "json" }, { label: "text" }],
      multiple: false,
      freeText: true,
    },
  ],
  attachments: [{ name: "notes.txt", sha256: "f".repeat(64), bytes: 15 }],
  push: { repository: "github.com/acme/app", refs: [{ ref: "refs/heads/parley/x", from: null, to: "a".repeat(40) }] },
};

/** docs/protocol.md has the same vectors. */
const vectors: [HashedGate, 1 | 2, string][] = [
  [text, 1, "8a90fed9189d6e9f1da1511299dba6a59396fa4d9b5fb2feaa5ce2e52f6efffe"],
  [question, 1, "8a8bf8af232a8e091ca785a11df4a3727dc0a6c36c5ac33d817c8009f339de7e"],
  [{ ...question, content }, 2, "fd6bedeb504ea4857d2ab6b8886c53b3a327a3c78991c563add1c2cea58d2885"],
];

test.each(vectors)("hashes a gate as it is written down", (gate, version, hash) => {
  expect(hashVersionOf(gate)).toBe(version);
  expect(gateHash(gate, sha256)).toBe(hash);
});

test("hashes a gate without content byte for byte as the first version did", () => {
  const { gateId, kind, from, to, body, options } = text;
  expect(gateHash(text, sha256)).toBe(sha256(JSON.stringify([gateId, kind, from, to, body, options])));
});

test("gives another hash for every other content, members it does not know included", () => {
  const later = { ...content, v: 3, quorum: 2 } as HashedGate["content"];
  const contents = [undefined, { v: 2 }, content, { ...content, attachments: [] }, later];
  const hashes = contents.map((one) => gateHash({ ...question, content: one }, sha256));
  expect(new Set(hashes).size).toBe(contents.length);
});

test("returns no hash of version 1 that could pass for one of version 2", () => {
  const list = JSON.stringify([question.gateId, question.kind, question.from, undefined, question.body, undefined]);
  expect(gateHash({ ...question, content }, sha256)).not.toBe(
    sha256(list.replace(/\]$/, `,${JSON.stringify(content)}]`)),
  );
});
