import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { sendText } from "./http.js";

const files: Readonly<Record<string, readonly [name: string, type: string]>> = {
  "/": ["index.html", "text/html"],
  "/page.css": ["page.css", "text/css"],
  "/message.css": ["message.css", "text/css"],
  "/overlay.css": ["overlay.css", "text/css"],
  "/page.js": ["page.js", "text/javascript"],
  "/modal.js": ["modal.js", "text/javascript"],
};

/** The page for people: plain files, nothing from another host. */
export async function servePage(path: string, response: ServerResponse): Promise<void> {
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  if (file === undefined) {
    sendText(response, 404, "not found");
    return;
  }
  const [name, type] = file;
  const content = await readFile(fileURLToPath(new URL(`./page/${name}`, import.meta.url)), "utf8");
  response.setHeader("content-security-policy", "default-src 'self'; img-src 'self' data:");
  sendText(response, 200, content, type);
}
