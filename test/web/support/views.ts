import type { Page } from "playwright-core";
import type { Clock } from "../../../src/ports/clock.js";
import { adminToken } from "../../http/support/api.js";
import { eventually } from "../../support/parley-client.js";
import { realClock } from "../../support/stub-clock.js";
import { joinByLink } from "./browser.js";
import type { WebServer } from "./server.js";
import { showcaseAgents } from "./showcase.js";

/** Time that stays in the past until `hurry`, and then runs fast until it has caught up: a room gets a history. */
export function createHurryingClock({ behindMs = 2_400_000, speed = 150 } = {}): Clock & { hurry(): void } {
  const pastMs = Date.now() - behindMs;
  let startMs: number | undefined;
  return {
    ...realClock,
    hurry: () => {
      startMs ??= Date.now();
    },
    nowMs: () => {
      const nowMs = Date.now();
      return startMs === undefined ? pastMs : Math.round(Math.min(nowMs, pastMs + (nowMs - startMs) * speed));
    },
  };
}

/** Goes from view to view of the page and calls `visit` at each; the window may have any size afterwards. */
export async function visitViews(
  { server, page, hurry = () => {} }: { server: WebServer; page: Page; hurry?: () => void },
  visit: (view: string) => Promise<void>,
): Promise<void> {
  await page.goto(server.url);
  await page.getByLabel("Invite code").waitFor();
  await visit("join");
  await page.getByRole("button", { name: "Start a new room" }).click();
  await page.getByLabel("Admin token").waitFor();
  await visit("new-room");
  await page.goto("about:blank");
  await makeWide(page);
  hurry();
  await prepareRoom(server, page);
  await visitRoom(page, visit);
  await visitDialogs(page, visit);
  await page.goto(`${server.url}/r/0000000000`);
  await page.getByRole("heading", { name: "Your rooms" }).waitFor();
  await visit("rooms");
}

const makeWide = (page: Page) => page.setViewportSize({ width: 1280, height: 800 });

/** A room in the middle of a feature, with a question, a held message and a permission open. */
async function prepareRoom({ api, url }: WebServer, page: Page): Promise<void> {
  const made = await api.call("POST", "/api/rooms", {
    token: adminToken,
    body: { name: "Readable links", owner: "mia", agents: showcaseAgents },
  });
  const { roomId, invites, token } = made.json;
  const path = `/api/rooms/${roomId}`;
  await joinByLink(page, { url, code: invites.approver, name: "Jonas" });
  const say = (body: string) => api.call("POST", `${path}/messages`, { token, body: { body } });
  const gates = async () => (await api.call("GET", `${path}/gates`, { token })).json.gates.length as number;
  const recorder = recordUsage({ api, roomId });
  await say("Links like `/r/k3v9x0q2m1` say nothing to anybody. Let us do something about it.");
  await say("@planner we want readable links, please make a plan");
  await eventually(gates, (count) => count === 2);
  await eventually(
    async () => Date.now() - api.deps.clock.nowMs(),
    (behindMs) => behindMs <= 0,
  );
  await recorder.stop();
  await say("@tracer find out why opening a room is slow");
  await say("@coder please publish the branch once it is approved");
  await eventually(gates, (count) => count === 3);
  await page.locator(".work-now", { hasText: "on a branch of my own" }).waitFor();
}

/** Costs that the model gateway would meter: scripted agents call no model. Their cost grows while they work. */
function recordUsage({ api, roomId }: { api: WebServer["api"]; roomId: string }): { stop(): Promise<void> } {
  let isOver = false;
  const share: Record<string, number> = { planner: 0.9, coder: 2.6, reviewer: 1.7 };
  async function run(): Promise<void> {
    for (let at = 0; !isOver; at += 1) {
      for (const [agent, weight] of Object.entries(share)) {
        if (at % 4 === agent.length % 4) continue;
        const inputTokens = Math.round(weight * 5_000);
        const usage = {
          inputTokens,
          outputTokens: inputTokens / 10,
          cacheReadTokens: inputTokens * 4,
          cacheWriteTokens: 0,
        };
        await api.deps.rooms.execute(roomId, { type: "turn.usage", agent, usage: { ...usage, usd: weight * 0.021 } });
      }
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  }
  const done = run();
  return {
    stop: () => {
      isOver = true;
      return done;
    },
  };
}

async function visitRoom(page: Page, visit: (view: string) => Promise<void>): Promise<void> {
  await page.getByRole("button", { name: "Show: Held message from reviewer" }).click();
  await visit("room");
  await page.getByRole("button", { name: "Show: Permission from coder" }).click();
  await visit("permission");
  await page.getByRole("button", { name: "Show: Question from planner" }).click();
  await visit("question");
  await page.getByRole("button", { name: "Both work" }).click();
  await page.getByText("jonas answered planner").waitFor();
  await page.getByText("Settled: Both work").waitFor();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const text = page.getByLabel("Text that will be sent");
  await text.fill((await text.inputValue()).replace("all 214 tests", "the 214 tests of this package"));
  await page.getByRole("region", { name: "What you changed" }).waitFor();
  await visit("edit");
  await page.getByRole("button", { name: "Cancel" }).click();
}

async function visitDialogs(page: Page, visit: (view: string) => Promise<void>): Promise<void> {
  const dialog = page.getByRole("dialog");
  async function inDialog(view: string, closing = "Close"): Promise<void> {
    await visit(view);
    await dialog.getByRole("button", { name: closing, exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    await makeWide(page);
    await page.getByRole("region", { name: "Messages" }).focus();
  }
  const fromMenu = async (name: string) => {
    await page.getByLabel("More").click();
    await page.getByRole("button", { name, exact: true }).click();
  };
  await makeWide(page);
  await page.getByRole("region", { name: "Messages" }).focus();
  await page.keyboard.press("p");
  await dialog.locator("[data-mark]").first().waitFor();
  await visit("lanes");
  await dialog.getByRole("button", { name: "Cost and tokens" }).click();
  await dialog
    .getByText(/tokens$/)
    .first()
    .waitFor();
  await inDialog("cost");
  await page.keyboard.press("/");
  await page.getByLabel("Words to look for").fill("slug");
  await page.keyboard.press("Enter");
  await page.getByText(/the newest first/).waitFor();
  await inDialog("search");
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keyboard" }).waitFor();
  await inDialog("help");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await dialog.getByRole("button", { name: "Make a link" }).click();
  await dialog.getByRole("img", { name: "QR code of the invite link" }).waitFor();
  await inDialog("invite");
  await fromMenu("Manage");
  await page.locator(".manage-agents summary").first().click();
  await page.getByRole("button", { name: "Save settings" }).waitFor();
  await visit("agents");
  await page.getByRole("tab", { name: "Rules" }).click();
  await visit("rules");
  await page.getByRole("tab", { name: "People" }).click();
  await page.getByRole("button", { name: "Revoke" }).first().waitFor();
  await inDialog("manage", "Done");
}
