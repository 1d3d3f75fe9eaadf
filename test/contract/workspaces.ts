import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { Workspaces } from "../../src/ports/workspaces.js";

/** The required content of `agent`'s folder; `agent.name` with another room or name has none. */
export const workspaceFiles: Readonly<Record<string, string | { linkTo: string }>> = {
  "README.md": "# hello\n",
  "src/a.ts": "export const a = 1;\n",
  "src/deep/b.ts": "export const b = 2;\n",
  "way-out": { linkTo: "/etc/passwd" },
};

export interface WorkspacesUnderTest {
  workspaces: Workspaces;
  agent: { roomId: string; name: string };
  /** A repository in which `src/a.ts` was modified against its base. */
  repository: { roomId: string; name: string };
}

export function testWorkspacesContract(name: string, subject: () => Promise<WorkspacesUnderTest>): void {
  const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

  describe(`${name} as Workspaces`, () => {
    test("lists a folder by name, in pages", async () => {
      const { workspaces, agent } = await subject();
      const all = await workspaces.list(agent, "");
      expect(all).toEqual({
        entries: [
          { name: "README.md", kind: "file", size: 8 },
          { name: "src", kind: "folder" },
          { name: "way-out", kind: "link" },
        ],
        hasMore: false,
      });
      const first = await workspaces.list(agent, "", { limit: 2 });
      expect([first?.entries.length, first?.hasMore]).toEqual([2, true]);
      expect(await workspaces.list(agent, "", { after: "src" })).toEqual({
        entries: all?.entries.slice(2),
        hasMore: false,
      });
      expect((await workspaces.list(agent, "src/deep"))?.entries.map((entry) => entry.name)).toEqual(["b.ts"]);
    });

    test("reads a part of a file, and says how large it is", async () => {
      const { workspaces, agent } = await subject();
      const part = await workspaces.read(agent, "src/a.ts", { offset: 7, maxBytes: 5 });
      expect([textOf(part?.bytes), part?.size]).toEqual(["const", 20]);
      expect(textOf((await workspaces.read(agent, "README.md"))?.bytes)).toBe("# hello\n");
    });

    test("returns nothing for missing files", async () => {
      const { workspaces, agent } = await subject();
      expect(await workspaces.list(agent, "nowhere")).toBeUndefined();
      expect(await workspaces.read(agent, "src/c.ts")).toBeUndefined();
      const stranger = { roomId: agent.roomId, name: "stranger" };
      for (const look of [workspaces.list(stranger, ""), workspaces.status(stranger), workspaces.archive(stranger)])
        expect(await look).toBeUndefined();
    });

    test.each(["../secret", "/etc/passwd", "src/../../secret", "src/\0"])("refuses the path %j", async (path) => {
      const { workspaces, agent } = await subject();
      await expect(workspaces.read(agent, path)).rejects.toMatchObject({ code: "refused" });
      await expect(workspaces.list(agent, path)).rejects.toMatchObject({ code: "refused" });
    });

    test("follows no link", async () => {
      const { workspaces, agent } = await subject();
      await expect(workspaces.read(agent, "way-out")).rejects.toMatchObject({ code: "refused" });
    });

    test("says what changed against the base, cut where it is asked to", async () => {
      const { workspaces, agent, repository } = await subject();
      expect(await workspaces.status(agent)).toBeUndefined();
      expect(await workspaces.diff(agent)).toBeUndefined();
      expect(await workspaces.status(repository)).toContainEqual({ path: "src/a.ts", change: "modified" });
      const whole = await workspaces.diff(repository, { path: "src/a.ts" });
      expect(whole).toMatchObject({ text: expect.stringContaining("+++ b/src/a.ts"), isCut: false });
      const cut = await workspaces.diff(repository, { maxBytes: 10 });
      expect([cut?.text.length, cut?.isCut]).toEqual([10, true]);
    });

    test("returns the folder as an archive that tar reads, and ends one that is too large", async () => {
      const { workspaces, agent } = await subject();
      const chunks: Uint8Array[] = [];
      for await (const chunk of (await workspaces.archive(agent)) ?? []) chunks.push(chunk);
      const input = Buffer.concat(chunks);
      const listed = spawnSync("tar", ["-tf", "-"], { input }).stdout.toString().trim().split("\n");
      expect(listed.filter((path) => !path.endsWith("/")).sort()).toEqual(Object.keys(workspaceFiles).sort());
      expect(spawnSync("tar", ["-xOf", "-", "src/a.ts"], { input }).stdout.toString()).toBe("export const a = 1;\n");
      const tooLarge = async () => {
        for await (const _chunk of (await workspaces.archive(agent, { maxBytes: 10 })) ?? []);
      };
      await expect(tooLarge()).rejects.toMatchObject({ code: "full" });
    });
  });
}
