import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { call } from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";

const folder = await mkdtemp(join(tmpdir(), "parley-roles-"));
const file = join(folder, "skills", "roles", "coder", "SKILL.md");
let server: ParleyProcess;

beforeAll(async () => {
  await ensureBuilt();
  await mkdir(join(file, ".."), { recursive: true });
  // Meant to be narrower than Parley's own coder.
  await writeFile(file, "---\nname: coder\ndescription: Reads.\ntools:\n  only: [Read]\n---\nRead.\n");
  const env = { PARLEY_SKILLS_DIR: join(folder, "skills"), PARLEY_LOG_LEVEL: "error" };
  server = await startParley({ dataDir: join(folder, "data"), env });
}, 180_000);
afterAll(async () => {
  await server?.kill("SIGTERM");
  await rm(folder, { recursive: true, force: true });
});

test("reports an unusable role of the operator at the start, in the health, and to people who ask for it", async () => {
  const why = "`only` is unknown here; known are allow, autoAllow, deny";
  expect(server.output()).toContain(`parley: ${file}, line 5: ${why}.`);
  const { body: health } = await call<AnswerOf<"getHealth">>(`${server.url}/api/health`, {
    token: server.adminToken,
  });
  expect(health).toMatchObject({ healthy: true, degraded: ["roles"] });
  expect(JSON.stringify(health)).not.toContain(folder);
  const rooms = `${server.url}/api/rooms`;
  const token = server.adminToken;
  const made = await call(rooms, { token, body: { name: "work", agents: [{ name: "coder" }] } });
  const message = `the role of coder cannot be used: roles/coder/SKILL.md, line 5: ${why}. Correct the file, or name another role`;
  expect(made).toMatchObject({
    status: 422,
    body: { code: "invalid", issues: [{ path: ["agents", 0, "role"], message }] },
  });
  const { body: room } = await call<AnswerOf<"createRoom">>(rooms, { token, body: { name: "work" } });
  const added = await call(`${rooms}/${room.roomId}/agents`, { token, body: { name: "ann", role: "coder" } });
  expect(added).toMatchObject({ status: 422, body: { issues: [{ path: ["role"], message }] } });
  const other = await call(`${rooms}/${room.roomId}/agents`, { token, body: { name: "ann" } });
  expect(other.status).toBe(201);
});
